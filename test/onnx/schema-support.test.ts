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
    'a range of decimals',
    object({ share: { type: 'number', maximum: 1 } }),
    'properties.share.maximum is not supported',
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
  ['alternatives that may exclude each other', { oneOf: [{ type: 'string' }] }, 'must have a type'],
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
  expect(readSchema({ type: 'integer' })).toMatchObject({
    ok: true,
    schema: { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
  });
});
