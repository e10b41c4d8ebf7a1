import type { JsonObject, JsonValue } from '../contract.ts';
import { isList, isObject } from './schema-place.ts';

interface Length {
  readonly least: number;
  readonly most: number;
}

/**
 * What is wrong with a schema that was read, where an `anyOf` of it leaves open which of two lengths a text must have, and no text has
 * both. Such alternatives could not be told apart while the text is being written.
 */
export function lengthConflict(schema: JsonObject): string | undefined {
  const conflict = conflictBelow(schema, schema, []);
  return conflict === undefined
    ? undefined
    : `${conflict} has texts whose lengths exclude each other; local models cannot tell such alternatives apart`;
}

/** The path of the first `anyOf` that is at fault. */
function conflictBelow(node: JsonValue, root: JsonObject, path: readonly string[]): string | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  if (isObject(node) && isList(node['anyOf'])) {
    const lengths = node['anyOf'].flatMap((branch) => lengthsBelow(branch, root, new Set()));
    const least = Math.max(...lengths.map((length) => length.least));
    const most = Math.min(...lengths.map((length) => length.most));
    if (least > most) return [...path, 'anyOf'].join('.');
  }
  for (const [name, part] of Object.entries(node)) {
    const conflict = conflictBelow(part, root, [...path, name]);
    if (conflict !== undefined) return conflict;
  }
  return undefined;
}

function lengthsBelow(node: JsonValue, root: JsonObject, seen: Set<string>): readonly Length[] {
  if (typeof node !== 'object' || node === null) return [];
  if (isList(node)) return node.flatMap((part) => lengthsBelow(part, root, seen));
  if (typeof node['$ref'] === 'string') return lengthsBehind(node['$ref'], root, seen);
  return [...ownLength(node), ...lengthsBelow(Object.values(node), root, seen)];
}

function lengthsBehind(reference: string, root: JsonObject, seen: Set<string>): readonly Length[] {
  const name = reference.slice('#/$defs/'.length);
  const definitions = root['$defs'];
  if (seen.has(name) || !isObject(definitions)) return [];
  seen.add(name);
  return lengthsBelow(definitions[name] ?? null, root, seen);
}

function ownLength({
  type,
  minLength: least = 0,
  maxLength: most = Infinity,
}: JsonObject): readonly Length[] {
  const isLength = type === 'string' && typeof least === 'number' && typeof most === 'number';
  return isLength ? [{ least, most }] : [];
}
