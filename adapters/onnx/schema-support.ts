import type { JsonObject, JsonValue } from '../contract.ts';
import { lengthConflict } from './length-conflict.ts';
import {
  at,
  count,
  fault,
  isList,
  isObject,
  listOf,
  emptyTally,
  rootPlace,
  SchemaFault,
  type Place,
} from './schema-place.ts';
import {
  anyReference,
  integerReference,
  numberReference,
  ownDefinitions,
  ownPrefix,
} from './own-definitions.ts';
import { definitionsOf, onlyPoints, readReference } from './schema-references.ts';
import { counted, readInteger, readNumber, readString, readValues } from './schema-scalars.ts';

/**
 * What local models keep to of JSON Schema. A keyword is enforced or refused by its path, never passed over: every answer fits the
 * schema. Where a schema leaves more open than a small model should use, the answer keeps to less; that still fits:
 * - an object with `properties` has no others, in their order;
 * - a list with `prefixItems` has all of them;
 * - integers are safe integers, and numbers are decimals of about 1e12 at most, without exponents.
 */
export type SchemaReading =
  | { readonly ok: true; readonly schema: JsonObject }
  | { readonly ok: false; readonly fault: string };

/** Deeper or larger schemas are no forms for an answer. */
const maxDepth = 32;
const maxCharacters = 64 * 1024;
const maxProperties = 128;

/** Keywords that say nothing about what is valid. */
const annotations = new Set([
  '$schema',
  '$comment',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
]);

const bounds = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'] as const;

const keywordsOf = {
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'prefixItems', 'minItems', 'maxItems'],
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  integer: bounds,
  number: bounds,
  boolean: [],
  null: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

type Type = keyof typeof keywordsOf;

/** Keywords that say all by themselves. */
const forms = ['$ref', 'anyOf', 'const', 'enum'] as const;

/**
 * Reads the schema of an answer, with the bounds that a local model keeps to put in. The tally is what other schemas of the call have
 * used up.
 */
export function readSchema(schema: JsonObject, tally = emptyTally()): SchemaReading {
  if (JSON.stringify(schema).length > maxCharacters) {
    return { ok: false, fault: `the schema is longer than ${maxCharacters} characters` };
  }
  try {
    const root = rootPlace(schema, tally);
    const read = { ...readNode(schema, root), $defs: { ...readDefinitions(root), ...ownDefinitions() } };
    const conflict = lengthConflict(read);
    return conflict === undefined ? { ok: true, schema: read } : { ok: false, fault: conflict };
  } catch (error) {
    if (error instanceof SchemaFault) return { ok: false, fault: error.message };
    throw error;
  }
}

function readNode(value: JsonValue | undefined, place: Place): JsonObject {
  if (place.depth > maxDepth) fault(place, `is nested deeper than ${maxDepth}`);
  if (value === true) return anyReference;
  count('schemas', 1, place);
  if (!isObject(value)) fault(place, 'must be a schema: an object, or true');
  const { $defs: _defs, definitions: _definitions, ...node } = value;
  // Below the root an $id would change what references mean.
  const saysNothing = (keyword: string): boolean =>
    annotations.has(keyword) || (keyword === '$id' && place.depth === 0);
  const used = Object.keys(node).filter((keyword) => !saysNothing(keyword));
  if (used.length === 0) return anyReference;
  const form = forms.find((keyword) => node[keyword] !== undefined);
  return form === undefined ? readTyped({ node, used }, place) : readForm(form, { node, used }, place);
}

interface Node {
  readonly node: JsonObject;
  /** Its keywords but for annotations. */
  readonly used: readonly string[];
}

function readForm(form: (typeof forms)[number], { node, used }: Node, place: Place): JsonObject {
  const namesValues = form === 'const' || form === 'enum';
  const beside = used.find((keyword) => keyword !== form && !(namesValues && keyword === 'type'));
  if (beside !== undefined) fault(at(place, beside), `is not supported beside ${form} by local models`);
  const here = at(place, form);
  switch (form) {
    case '$ref':
      return { $ref: readReference(node['$ref'], place) };
    case 'anyOf':
      return { anyOf: listOf(node['anyOf'], here).map((some, index) => readNode(some, at(here, index))) };
    case 'const':
      return readValues(node['const'] === undefined ? [] : [node['const']], node['type'], here);
    case 'enum':
      return readValues(node['enum'], node['type'], here);
  }
}

function readDefinitions(place: Place): JsonObject {
  const { keyword, definitions } = definitionsOf(place.root);
  const read = Object.entries(definitions).map(([name, schema]): [string, JsonObject] => {
    const here = at(place, keyword, name);
    if (name.startsWith(ownPrefix)) fault(here, `must not have a name that begins with ${ownPrefix}`);
    return [name, readNode(schema, here)];
  });
  const byName = new Map(read);
  for (const [name] of read)
    if (onlyPoints(name, byName)) fault(at(place, keyword, name), 'points only to itself');
  return Object.fromEntries(read);
}

function readTyped({ node, used }: Node, place: Place): JsonObject {
  const known = new Set(Object.values<readonly string[]>(keywordsOf).flat());
  const unknown = used.find((keyword) => keyword !== 'type' && !known.has(keyword));
  if (unknown !== undefined && node['type'] === undefined)
    refuseKeyword(at(place, unknown), ['type', ...forms]);
  const types = typesOf(node, place);
  const supported = new Set(types.flatMap((type): readonly string[] => keywordsOf[type]));
  const unsupported = used.find((keyword) => keyword !== 'type' && !supported.has(keyword));
  if (unsupported !== undefined) refuseKeyword(at(place, unsupported), [...supported]);
  const read = types.map((type) => readers[type](node, place));
  return read.length === 1 ? (read[0] ?? {}) : { anyOf: read };
}

function refuseKeyword(place: Place, supported: readonly string[]): never {
  const others = supported.length === 0 ? 'no keywords are' : `supported are ${supported.join(', ')}`;
  return fault(place, `is not supported by local models; ${others}`);
}

function typesOf({ type }: JsonObject, place: Place): readonly Type[] {
  if (type === undefined) fault(place, 'must have a type, or be one of $ref, anyOf, const and enum');
  const types = isList(type) ? type : [type];
  if (types.length > 0 && types.every(isType)) return types;
  return fault(at(place, 'type'), `must be one or some of ${Object.keys(keywordsOf).join(', ')}`);
}

const readers: Readonly<Record<Type, (node: JsonObject, place: Place) => JsonObject>> = {
  object: readObject,
  array: readArray,
  string: readString,
  integer: (node, place) => (isBounded(node) ? readInteger(node, place) : integerReference),
  number: (node, place) => (isBounded(node) ? readNumber(node, place) : numberReference),
  boolean: () => ({ type: 'boolean' }),
  null: () => ({ type: 'null' }),
};

function isBounded(node: JsonObject): boolean {
  return bounds.some((keyword) => node[keyword] !== undefined);
}

function readObject({ properties, required, additionalProperties }: JsonObject, place: Place): JsonObject {
  const given = properties ?? {};
  if (!isObject(given)) fault(at(place, 'properties'), 'must be an object');
  const names = Object.keys(given);
  if (names.length > maxProperties)
    fault(place, `has more than ${maxProperties} properties; local models take no more in one object`);
  const wanted = required === undefined ? [] : listOf(required, at(place, 'required'), 0);
  const missing = wanted.find((name) => typeof name !== 'string' || !names.includes(name));
  if (missing !== undefined)
    fault(at(place, 'required'), `names ${JSON.stringify(missing)}, which properties lacks`);
  const others = additionalProperties ?? true;
  const rest = others === false ? false : readNode(others, at(place, 'additionalProperties'));
  if (names.length === 0) return { type: 'object', additionalProperties: rest };
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, readProperty(name, given[name], place)])),
    required: wanted,
    // A name written twice would undo what its property promises.
    additionalProperties: false,
  };
}

function readProperty(name: string, schema: JsonValue | undefined, place: Place): JsonObject {
  const here = at(place, 'properties', name);
  count('letters', name.length, here);
  if (name === '__proto__') fault(here, 'has a name that local models do not write');
  return readNode(schema, here);
}

function readArray({ items, prefixItems, minItems, maxItems }: JsonObject, place: Place): JsonObject {
  const here = at(place, 'prefixItems');
  const first = prefixItems === undefined ? [] : listOf(prefixItems, here);
  const closed = items === false || (items === undefined && first.length > 0);
  const counts = readCounts({ minItems, maxItems }, { first: first.length, closed }, place);
  return {
    type: 'array',
    ...(first.length === 0
      ? {}
      : { prefixItems: first.map((item, index) => readNode(item, at(here, index))) }),
    items: closed ? false : readNode(items ?? true, at(place, 'items')),
    ...counts,
  };
}

interface FirstItems {
  /** How many there are. */
  readonly first: number;
  /** Whether others must not follow. */
  readonly closed: boolean;
}

function readCounts(
  counting: Parameters<typeof counted>[0],
  { first, closed }: FirstItems,
  place: Place,
): JsonObject {
  const counts = counted(counting, place);
  const least = Number(counts['minItems'] ?? 0);
  const most = Number(counts['maxItems'] ?? Infinity);
  count('items', most === Infinity ? least : most, place);
  if (first > most) fault(at(place, 'prefixItems'), 'has more than maxItems; local models write all of them');
  if (closed && least > first)
    fault(place, 'allows nothing: minItems is above what prefixItems and items allow');
  return counts;
}

function isType(value: JsonValue): value is Type {
  return typeof value === 'string' && Object.hasOwn(keywordsOf, value);
}
