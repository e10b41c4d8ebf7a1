import { expect, test } from 'vitest';
import type { JsonObject } from '../../adapters/contract.ts';
import { readSchema } from '../../adapters/onnx/schema-support.ts';

const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  type: 'object',
  properties,
  ...more,
});

test.each<[string, JsonObject, string]>([
  [
    'a keyword that is not kept to',
    object({ age: { type: 'integer', multipleOf: 5 } }),
    'properties.age.multipleOf is not supported',
  ],
  [
    'a range that no number lies in',
    object({ share: { type: 'number', exclusiveMinimum: 1, maximum: 1 } }),
    'properties.share allows no number',
  ],
  [
    'a bound of no use',
    object({ n: { type: 'integer', maximum: 1e300 } }),
    'properties.n has a bound beyond',
  ],
  [
    'a format that looks valid and may not be',
    object({ born: { type: 'string', format: 'date' } }),
    'properties.born.format',
  ],
  [
    'a pattern that could write a quote',
    object({ x: { type: 'string', pattern: '^[^a]*$' } }),
    'properties.x.pattern',
  ],
  [
    'a pattern with a range of characters that are no letters or digits',
    object({ x: { type: 'string', pattern: '[A-z]' } }),
    'properties.x.pattern is not supported by local models at "[A-z]"',
  ],
  ['such a range of marks', { type: 'string', pattern: '[ -/]' }, 'pattern is not supported'],
  ['a pattern that is none', { type: 'string', pattern: '(' }, 'pattern is no regular expression'],
  [
    'a repetition of what may be empty',
    { type: 'string', pattern: '((a*)*)*b' },
    'pattern repeats what may be empty, before character',
  ],
  [
    'a repetition of what ends nowhere',
    { type: 'string', pattern: '([a-z]+ ?)+' },
    'pattern repeats what is repeated without end already',
  ],
  ['a long pattern', { type: 'string', pattern: '([a-z]{1,100}){1,100}' }, 'may have 144 characters'],
  ['many characters in patterns', { type: 'string', pattern: 'a{145}' }, 'may have 144 characters'],
  [
    'a pattern beside a length',
    { type: 'string', pattern: 'a', maxLength: 3 },
    'has more than one of pattern, format and a length',
  ],
  [
    'more first items than items',
    { type: 'array', prefixItems: [{ type: 'null' }, { type: 'null' }], maxItems: 1 },
    'prefixItems has more than maxItems',
  ],
  [
    'fewer items than there must be',
    { type: 'array', prefixItems: [{ type: 'null' }], items: false, minItems: 2 },
    'minItems is above what',
  ],
  ['many items', { type: 'array', items: { type: 'null' }, maxItems: 1001 }, 'up to 1000 items'],
  [
    'a type beside anyOf',
    { type: 'string', anyOf: [{ type: 'string' }] },
    'type is not supported beside anyOf',
  ],
  [
    'a type beside a reference',
    object({ x: { type: 'string', $ref: '#/$defs/a' } }, { $defs: { a: { type: 'string' } } }),
    'properties.x.type is not supported beside $ref',
  ],
  ['values of another type', { type: 'integer', enum: ['a'] }, 'enum holds no value of its type'],
  [
    'a definition with a name of ours',
    { $ref: '#/$defs/switchyard-any', $defs: { 'switchyard-any': { type: 'null' } } },
    '$defs.switchyard-any must not have a name that begins with',
  ],
  [
    'the name __proto__',
    JSON.parse('{"type":"object","properties":{"__proto__":{}}}'),
    'properties.__proto__ has a name',
  ],
  [
    'alternatives of lengths that exclude each other',
    {
      anyOf: [
        { type: 'string', maxLength: 3 },
        { type: 'string', minLength: 5 },
      ],
    },
    'anyOf has texts whose lengths exclude each other',
  ],
  ['many values', { enum: Array.from({ length: 501 }, (_, index) => index) }, 'up to 500 values'],
  ['long values', { enum: ['x'.repeat(9000)] }, 'up to 8192 characters'],
  [
    'many properties',
    object(Object.fromEntries(Array.from({ length: 129 }, (_, index) => [`p${index}`, { type: 'null' }]))),
    'the schema has more than 128 properties',
  ],
  [
    'many schemas',
    { anyOf: Array.from({ length: 256 }, () => ({ type: 'null' })) },
    'anyOf.255 is too much: local models take up to 256 schemas',
  ],
  [
    'many lengths',
    { anyOf: Array.from({ length: 17 }, (_, index) => ({ type: 'string', maxLength: index + 1 })) },
    'anyOf.16 is one length too many',
  ],
  [
    'many ranges',
    { anyOf: Array.from({ length: 33 }, (_, index) => ({ type: 'integer', maximum: index })) },
    'anyOf.32 is one range too many',
  ],
  ['alternatives that may exclude each other', { oneOf: [{ type: 'string' }] }, 'oneOf is not supported'],
  ['a schema without a type', object({ x: { minLength: 3 } }), 'properties.x must have a type'],
  ['a type that is none', object({ x: { type: 'text' } }), 'properties.x.type must be'],
  ['a reference elsewhere', object({ x: { $ref: 'https://example.com/a' } }), 'properties.x.$ref must point'],
  ['a reference to nothing', object({ x: { $ref: '#/$defs/a' } }), 'properties.x.$ref must point'],
  [
    'a definition that only points to itself',
    { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } },
    '$defs.a points only to itself',
  ],
  [
    'a required property that is not declared',
    object({ a: { type: 'string' } }, { required: ['b'] }),
    'required names "b"',
  ],
  [
    'bounds that exclude everything',
    object({ n: { type: 'integer', minimum: 5, maximum: 1 } }),
    'properties.n allows no integer',
  ],
  [
    'two bounds on one side',
    object({ n: { type: 'integer', minimum: 5, exclusiveMinimum: 1 } }),
    'properties.n has both',
  ],
  [
    'a length that is no number',
    object({ s: { type: 'string', maxLength: 'x' } }),
    'properties.s.maxLength must be a whole number',
  ],
  [
    'items within items',
    { type: 'array', items: { type: 'array', items: { type: 'string', contains: 1 } } },
    'items.items.contains is not supported',
  ],
  ['an enum of objects', object({ e: { enum: [{}] } }), 'properties.e.enum.0 must be'],
])('%s is refused with its path', (_what, schema, message) => {
  expect(readSchema(schema)).toEqual({ ok: false, fault: expect.stringContaining(message) });
});

test('a schema that is too deep or too long is refused', () => {
  let deep: JsonObject = { type: 'string' };
  for (let level = 0; level < 40; level += 1) deep = { type: 'array', items: deep };
  expect(readSchema(deep)).toMatchObject({ ok: false, fault: expect.stringContaining('nested deeper') });
  const long = { type: 'string', description: 'x'.repeat(70_000) };
  expect(readSchema(long)).toMatchObject({ ok: false, fault: expect.stringContaining('longer than') });
});

test('annotations change nothing, and an empty schema is any value', () => {
  const read = readSchema(
    object({ a: { type: 'string', title: 'A', description: 'x', default: 'y' }, b: {} }),
  );
  expect(read).toMatchObject({
    ok: true,
    schema: { properties: { a: { type: 'string' }, b: { $ref: expect.any(String) } } },
  });
});

test('an object with properties has no others', () => {
  const read = readSchema(object({ a: { type: 'string' } }, { additionalProperties: { type: 'integer' } }));
  expect(read).toMatchObject({ ok: true, schema: { additionalProperties: false } });
});

test('integers stay within what JavaScript counts exactly', () => {
  expect(readSchema({ type: 'integer', minimum: 1 })).toMatchObject({
    ok: true,
    schema: { minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
  });
});

test('a type beside values leaves those that are of it', () => {
  expect(readSchema({ type: ['string', 'null'], enum: ['a', 1, null] })).toMatchObject({
    ok: true,
    schema: { enum: ['a', null] },
  });
});
