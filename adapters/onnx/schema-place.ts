import type { JsonObject, JsonValue } from '../contract.ts';

/** A schema that local models cannot keep to. The message begins with the path of what is at fault. */
export class SchemaFault extends Error {}

/** Where in a schema its reader is. */
export interface Place {
  /** From the root, with dots. */
  readonly path: string;
  readonly depth: number;
  readonly root: JsonObject;
  readonly tally: SchemaTally;
}

/** What makes a grammar large: how much of it the schemas of a call may have, each being prepared in about a tenth of a second. */
const limits = {
  schemas: { most: 256, of: 'schemas, those within others included' },
  letters: { most: 8192, of: 'characters in the names of properties and the values of enums together' },
  values: { most: 500, of: 'values of enums together' },
  items: { most: 1000, of: 'items that are counted by minItems and maxItems together' },
} as const;

type Limited = keyof typeof limits;

/** What makes a grammar large, counted over all schemas of a call. */
export interface SchemaTally extends Record<Limited, number> {
  /** Different lengths of texts. */
  readonly lengths: Set<string>;
  /** Different ranges of numbers. */
  readonly ranges: Set<string>;
  /** What the grammar engine spends on each pattern. */
  readonly patterns: Map<string, number>;
}

/** Refuses what is more than local models take. */
export function count(what: Limited, more: number, place: Place): void {
  const { tally } = place;
  tally[what] += more;
  const { most, of } = limits[what];
  if (tally[what] > most) fault(place, `is too much: local models take up to ${most} ${of}`);
}

export function emptyTally(): SchemaTally {
  return {
    schemas: 0,
    letters: 0,
    values: 0,
    items: 0,
    lengths: new Set<string>(),
    ranges: new Set<string>(),
    patterns: new Map<string, number>(),
  };
}

export function rootPlace(root: JsonObject, tally: SchemaTally): Place {
  return { path: '', depth: 0, root, tally };
}

export function at({ path, depth, ...place }: Place, ...steps: readonly (string | number)[]): Place {
  return { ...place, path: [path, ...steps].filter((step) => step !== '').join('.'), depth: depth + 1 };
}

export function fault({ path }: Place, what: string): never {
  throw new SchemaFault(`${path === '' ? 'the schema' : path} ${what}`);
}

export function listOf(value: JsonValue | undefined, place: Place, least = 1): readonly JsonValue[] {
  if (isList(value) && value.length >= least) return value;
  return fault(place, least === 0 ? 'must be a list' : 'must be a list that is not empty');
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value);
}

export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
