import type { JsonObject, JsonValue } from '../contract.ts';
import { at, fault, isObject, type Place } from './schema-place.ts';

/** The reference of a schema to one of the named schemas of its root. */
export function readReference(reference: JsonValue | undefined, place: Place): string {
  const here = at(place, '$ref');
  if (typeof reference !== 'string') fault(here, 'must be a text');
  const { keyword, definitions } = definitionsOf(place.root);
  const [, from, name = ''] = /^#\/(\$defs|definitions)\/([^/~%]+)$/.exec(reference) ?? [];
  if (from !== keyword || !Object.hasOwn(definitions, name)) {
    fault(here, `must point to a schema below ${keyword} of the root`);
  }
  return `#/$defs/${name}`;
}

/** The named schemas of the root. Each is read once for the whole schema, so they may point to each other. */
export function definitionsOf(root: JsonObject): {
  readonly keyword: string;
  readonly definitions: JsonObject;
} {
  const keyword = root['definitions'] === undefined ? '$defs' : 'definitions';
  const named = root[keyword];
  return { keyword, definitions: isObject(named) ? named : {} };
}

/** Whether following the references from a definition comes back to it without meeting anything else. */
export function onlyPoints(name: string, definitions: ReadonlyMap<string, JsonObject>): boolean {
  const seen = new Set<string>();
  for (let next: string | undefined = name; next !== undefined;) {
    if (seen.has(next)) return true;
    seen.add(next);
    const reference: JsonValue | undefined = definitions.get(next)?.['$ref'];
    next = typeof reference === 'string' ? reference.slice('#/$defs/'.length) : undefined;
  }
  return false;
}
