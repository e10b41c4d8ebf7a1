import type { JsonObject, JsonValue } from '../contract.ts';

/**
 * What local models keep to of JSON Schema. A keyword is enforced or refused by its path, never passed over: every answer fits the
 * schema. Where a schema leaves more open than a small model should use, the answer keeps to less; that still fits:
 * - an object with `properties` has no others, in their order;
 * - integers are safe integers, and numbers are decimals of about 1e12 at most, without exponents.
 */
export type SchemaReading =
  | { readonly ok: true; readonly schema: JsonObject }
  | { readonly ok: false; readonly fault: string };

/** Deeper or larger schemas are no forms for an answer. */
const maxDepth = 32;
const maxCharacters = 64 * 1024;

const largestNumber = 1e12;

/** Keywords that say nothing about what is valid. */
const annotations = new Set([
  '$schema',
  '$id',
  '$comment',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
]);

type Type = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'null';

const keywordsOf: Readonly<Record<Type, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'prefixItems', 'minItems', 'maxItems'],
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  // The grammar engine's ranges of decimals let some through that lie outside.
  number: [],
  boolean: [],
  null: [],
};

/** Formats whose every written form is valid. A date's is not (the 30th of February looks like one), nor that of an address. */
const formats = new Set(['uuid']);

/** Characters, classes and repetitions that can never write a quote or a backslash into the text of a string. */
const safePattern =
  /^\^?(?:[A-Za-z0-9 _,:@/#=;~-]|\\[dw.+*?()|^$/-]|\[[A-Za-z0-9 _.,:@/-]+\]|\{\d+(?:,\d*)?\}|[*+?()|])*\$?$/;

class SchemaFault extends Error {}

/** Reads the schema of an answer, with the bounds that a local model keeps to put in. */
export function readSchema(schema: JsonObject): SchemaReading {
  if (JSON.stringify(schema).length > maxCharacters) {
    return { ok: false, fault: `the schema is longer than ${maxCharacters} characters` };
  }
  try {
    const root: Place = { path: '', depth: 0, root: schema };
    const read = readNode(schema, root);
    const definitions = readDefinitions(root);
    return { ok: true, schema: { ...read, $defs: { ...definitions, [anyValue]: anySchema } } };
  } catch (error) {
    if (error instanceof SchemaFault) return { ok: false, fault: error.message };
    throw error;
  }
}

/** Any JSON value, with the bounds of everything else. */
const anyValue = 'switchyard-any';
/** A bound keeps exponents out, and with them numbers beyond all bounds. */
const anyNumber: JsonObject = { type: 'number', minimum: -largestNumber, maximum: largestNumber };
const anyReference: JsonObject = { $ref: `#/$defs/${anyValue}` };
const anySchema: JsonObject = {
  anyOf: [
    { type: 'string' },
    anyNumber,
    { type: 'boolean' },
    { type: 'null' },
    { type: 'array', items: anyReference },
    { type: 'object', additionalProperties: anyReference },
  ],
};

/** The form of an answer that is any JSON object or array. */
export const anyJsonSchema: JsonObject = {
  anyOf: [
    { type: 'object', additionalProperties: anyReference },
    { type: 'array', items: anyReference },
  ],
  $defs: { [anyValue]: anySchema },
};

interface Place {
  /** From the root, with dots. */
  readonly path: string;
  readonly depth: number;
  readonly root: JsonObject;
}

function at({ path, depth, root }: Place, ...steps: readonly (string | number)[]): Place {
  return { path: [path, ...steps].filter((step) => step !== '').join('.'), depth: depth + 1, root };
}

function fault({ path }: Place, what: string): never {
  throw new SchemaFault(`${path === '' ? 'the schema' : path} ${what}`);
}

function readNode(value: JsonValue | undefined, place: Place): JsonObject {
  if (place.depth > maxDepth) fault(place, `is nested deeper than ${maxDepth}`);
  if (value === true) return anyReference;
  if (!isObject(value)) fault(place, 'must be a schema: an object, or true');
  const { $defs: _defs, definitions: _definitions, ...node } = value;
  const used = Object.keys(node).filter((keyword) => !annotations.has(keyword));
  if (used.length === 0) return anyReference;
  for (const form of ['$ref', 'anyOf', 'const', 'enum'] as const) {
    if (node[form] !== undefined) return readForm(form, { node, used }, place);
  }
  return readTyped({ node, used }, place);
}

interface Node {
  readonly node: JsonObject;
  /** Its keywords but for annotations. */
  readonly used: readonly string[];
}

function readForm(form: '$ref' | 'anyOf' | 'const' | 'enum', { node, used }: Node, place: Place): JsonObject {
  const beside = used.find((keyword) => keyword !== form && keyword !== 'type');
  if (beside !== undefined) fault(at(place, beside), `is not supported beside ${form}`);
  switch (form) {
    case '$ref':
      return { $ref: readReference(node['$ref'], place) };
    case 'anyOf':
      return {
        anyOf: listOf(node['anyOf'], at(place, 'anyOf')).map((some, index) =>
          readNode(some, at(place, 'anyOf', index)),
        ),
      };
    case 'const':
      return { enum: [scalar(node['const'], at(place, 'const'))] };
    case 'enum':
      return {
        enum: listOf(node['enum'], at(place, 'enum')).map((some, index) =>
          scalar(some, at(place, 'enum', index)),
        ),
      };
  }
}

function readReference(reference: JsonValue | undefined, place: Place): string {
  const here = at(place, '$ref');
  if (typeof reference !== 'string') fault(here, 'must be a text');
  const [, name] = /^#\/(?:\$defs|definitions)\/([^/~%]+)$/.exec(reference) ?? [];
  const { keyword, definitions } = definitionsOf(place.root);
  if (name === undefined || definitions[name] === undefined) {
    fault(here, `must point to a schema below ${keyword} of the root`);
  }
  return `#/$defs/${name}`;
}

/** The named schemas of the root, read. Each is read once for the whole schema, so they may point to each other. */
function definitionsOf(root: JsonObject): { readonly keyword: string; readonly definitions: JsonObject } {
  const keyword = root['definitions'] === undefined ? '$defs' : 'definitions';
  const named = root[keyword];
  return { keyword, definitions: isObject(named) ? named : {} };
}

function readDefinitions(place: Place): JsonObject {
  const { keyword, definitions } = definitionsOf(place.root);
  const read = Object.entries(definitions).map(([name, schema]): [string, JsonObject] => [
    name,
    readNode(schema, at(place, keyword, name)),
  ]);
  const byName = new Map(read);
  for (const [name] of read)
    if (onlyPoints(name, byName)) fault(at(place, keyword, name), 'points only to itself');
  return Object.fromEntries(read);
}

/** Whether following the references from a definition comes back to it without meeting anything else. */
function onlyPoints(name: string, definitions: ReadonlyMap<string, JsonObject>): boolean {
  const seen = new Set<string>();
  for (let next: string | undefined = name; next !== undefined;) {
    if (seen.has(next)) return true;
    seen.add(next);
    const reference: JsonValue | undefined = definitions.get(next)?.['$ref'];
    next = typeof reference === 'string' ? reference.slice('#/$defs/'.length) : undefined;
  }
  return false;
}

function readTyped({ node, used }: Node, place: Place): JsonObject {
  const types = typesOf(node, place);
  const unknown = used.find(
    (keyword) => keyword !== 'type' && !types.some((type) => keywordsOf[type].includes(keyword)),
  );
  if (unknown !== undefined) fault(at(place, unknown), `is not supported by local models`);
  const read = types.map((type) => readers[type](node, place));
  return read.length === 1 ? (read[0] ?? {}) : { anyOf: read };
}

function typesOf({ type }: JsonObject, place: Place): readonly Type[] {
  if (type === undefined) fault(place, 'must have a type, or be one of $ref, anyOf, const and enum');
  const types = Array.isArray(type) ? type : [type];
  if (types.length > 0 && types.every(isType)) return types;
  return fault(at(place, 'type'), `must be one or some of ${Object.keys(keywordsOf).join(', ')}`);
}

const readers: Readonly<Record<Type, (node: JsonObject, place: Place) => JsonObject>> = {
  object: readObject,
  array: readArray,
  string: readString,
  integer: readInteger,
  number: () => anyNumber,
  boolean: () => ({ type: 'boolean' }),
  null: () => ({ type: 'null' }),
};

function readObject({ properties, required, additionalProperties }: JsonObject, place: Place): JsonObject {
  const given = properties ?? {};
  if (!isObject(given)) fault(at(place, 'properties'), 'must be an object');
  const names = Object.keys(given);
  const wanted = required === undefined ? [] : listOf(required, at(place, 'required'), 0);
  const missing = wanted.find((name) => typeof name !== 'string' || !names.includes(name));
  if (missing !== undefined)
    fault(at(place, 'required'), `names ${JSON.stringify(missing)}, which properties lacks`);
  if (names.length === 0) {
    const rest = additionalProperties ?? true;
    return {
      type: 'object',
      additionalProperties: rest === false ? false : readNode(rest, at(place, 'additionalProperties')),
    };
  }
  return {
    type: 'object',
    properties: Object.fromEntries(
      names.map((name) => [name, readNode(given[name], at(place, 'properties', name))]),
    ),
    required: wanted,
    // A name written twice would undo what its property promises.
    additionalProperties: false,
  };
}

function readArray({ items, prefixItems, minItems, maxItems }: JsonObject, place: Place): JsonObject {
  const first = prefixItems === undefined ? [] : listOf(prefixItems, at(place, 'prefixItems'));
  return {
    type: 'array',
    ...(first.length === 0
      ? {}
      : { prefixItems: first.map((item, index) => readNode(item, at(place, 'prefixItems', index))) }),
    items:
      items === false || (items === undefined && first.length > 0)
        ? false
        : readNode(items ?? true, at(place, 'items')),
    ...counted({ minItems, maxItems }, place),
  };
}

function readString({ minLength, maxLength, pattern, format }: JsonObject, place: Place): JsonObject {
  if (pattern !== undefined && (typeof pattern !== 'string' || !safePattern.test(pattern))) {
    fault(
      at(place, 'pattern'),
      'is not supported: local models take plain characters, classes without ^, \\d, \\w, groups, | and repetitions',
    );
  }
  if (format !== undefined && (typeof format !== 'string' || !formats.has(format))) {
    fault(at(place, 'format'), `is not supported by local models; ${[...formats].join(' and ')} is`);
  }
  const ruling = [pattern, format, minLength ?? maxLength].filter((rule) => rule !== undefined);
  if (ruling.length > 1)
    fault(place, 'has more than one of pattern, format and a length; local models take one');
  return {
    type: 'string',
    ...(pattern === undefined ? {} : { pattern }),
    ...(format === undefined ? {} : { format }),
    ...counted({ minLength, maxLength }, place),
  };
}

function readInteger(node: JsonObject, place: Place): JsonObject {
  const limit = Number.MAX_SAFE_INTEGER;
  const least = bound({ node, limit: -limit, keywords: ['minimum', 'exclusiveMinimum'] }, place);
  const most = bound({ node, limit, keywords: ['maximum', 'exclusiveMaximum'] }, place);
  if (least.value > most.value) fault(place, 'allows no integer: its least value is above its greatest');
  return { type: 'integer', [least.keyword]: least.value, [most.keyword]: most.value };
}

interface Bound {
  readonly node: JsonObject;
  /** Where the schema has none. */
  readonly limit: number;
  readonly keywords: readonly [string, string];
}

/** The one bound of two keywords that exclude each other. */
function bound(
  { node, limit, keywords }: Bound,
  place: Place,
): { readonly keyword: string; readonly value: number } {
  const [including] = keywords;
  const given = keywords.filter((keyword) => node[keyword] !== undefined);
  const [keyword] = given;
  if (keyword === undefined) return { keyword: including, value: limit };
  if (given.length > 1) fault(place, `has both ${given.join(' and ')}`);
  const value = node[keyword];
  if (typeof value === 'number' && Math.abs(value) <= Math.abs(limit)) return { keyword, value };
  return fault(at(place, keyword), `must be a number between -${Math.abs(limit)} and ${Math.abs(limit)}`);
}

/** Bounds that count something, such as `minItems` and `maxItems`. */
function counted(bounds: Readonly<Record<string, JsonValue | undefined>>, place: Place): JsonObject {
  const read: Record<string, number> = {};
  for (const [keyword, value] of Object.entries(bounds)) {
    if (value === undefined) continue;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 10_000) {
      fault(at(place, keyword), 'must be a whole number from 0 to 10000');
    }
    read[keyword] = value;
  }
  const [least = 0, most = Infinity] = Object.keys(bounds).map((keyword) => read[keyword]);
  if (least > most) fault(place, `allows nothing: ${Object.keys(bounds).join(' is above ')}`);
  return read;
}

function scalar(value: JsonValue | undefined, place: Place): JsonValue {
  if (value === undefined || typeof value === 'object') {
    if (value === null) return value;
    fault(place, 'must be a text, a number, true, false or null');
  }
  return value;
}

function listOf(value: JsonValue | undefined, place: Place, least = 1): readonly JsonValue[] {
  if (Array.isArray(value) && value.length >= least) return value;
  return fault(place, least === 0 ? 'must be a list' : 'must be a list that is not empty');
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isType(value: JsonValue): value is Type {
  return typeof value === 'string' && Object.hasOwn(keywordsOf, value);
}
