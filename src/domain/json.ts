import type { JsonObject, JsonValue } from '../../adapters/contract.ts';

/** Deeper nesting has no use in a schema, and recursion over it would exhaust the stack. */
const deepest = 64;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && isJson(value);
}

export function isJson(value: unknown, depth = 0): value is JsonValue {
  if (depth > deepest) return false;
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      return value === null || Object.values(value).every((member) => isJson(member, depth + 1));
    default:
      return false;
  }
}
