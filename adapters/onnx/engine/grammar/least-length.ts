import type { JsonObject, JsonValue } from '../../../contract.ts';

/**
 * Most characters that any one value of the schema needs at least, however it came to be begun. A token has a character or more, so a
 * value that was begun can be ended with so many tokens.
 */
export function longestLeastLength(schema: JsonObject): number {
  const definitions = Object.entries(isObject(schema['$defs']) ? schema['$defs'] : {});
  /** By reference. A value inside a value of its own kind is infinite until another branch turns out to end. */
  const known = new Map<string, number>();
  let longest = 0;

  function note(length: number): number {
    if (length !== Infinity) longest = Math.max(longest, length);
    return length;
  }

  function least(value: JsonValue | undefined): number {
    if (!isObject(value)) return 0;
    if (typeof value['$ref'] === 'string') return known.get(value['$ref']) ?? Infinity;
    if (Array.isArray(value['anyOf'])) return note(Math.min(...value['anyOf'].map((some) => least(some))));
    if (Array.isArray(value['enum']))
      return note(Math.min(...value['enum'].map((some) => JSON.stringify(some).length)));
    return note(ofType(value));
  }

  function ofType(node: JsonObject): number {
    switch (node['type']) {
      case 'object':
        return ofObject(node);
      case 'array':
        return ofArray(node);
      case 'string':
        return typeof node['minLength'] === 'number'
          ? node['minLength'] + 2
          : node['format'] === undefined
            ? 16
            : 40;
      default:
        return 20;
    }
  }

  function ofObject({ properties, required, additionalProperties }: JsonObject): number {
    least(additionalProperties);
    const wanted = Array.isArray(required) ? required : [];
    let sum = 2;
    for (const [name, property] of Object.entries(isObject(properties) ? properties : {})) {
      const length = least(property);
      if (wanted.includes(name)) sum += JSON.stringify(name).length + 4 + length;
    }
    return sum;
  }

  function ofArray({ items, prefixItems, minItems }: JsonObject): number {
    const first = Array.isArray(prefixItems) ? prefixItems.map((item) => least(item) + 2) : [];
    const each = least(items) + 2;
    const more = Math.max(0, (typeof minItems === 'number' ? minItems : 0) - first.length);
    const prefix = first.reduce((sum, length) => sum + length, 0);
    return 2 + prefix + (more === 0 ? 0 : more * each);
  }

  // Each round settles at least one more definition.
  for (let round = 0; round < definitions.length; round += 1) {
    for (const [name, definition] of definitions) known.set(`#/$defs/${name}`, least(definition));
  }
  least(schema);
  return longest;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
