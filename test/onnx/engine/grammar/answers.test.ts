import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../../adapters/contract.ts';
import { createRandomSource } from '../../../../adapters/onnx/engine/random.ts';
import { anyJsonSchema } from '../../../../adapters/onnx/own-definitions.ts';
import { readSchema } from '../../../../adapters/onnx/schema-support.ts';
import { askedForms } from '../../../support/answer-schemas.ts';
import { createWalker, smallVocabulary, type Walk, type Walker } from '../../../support/answer-walk.ts';

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);

const vocabularyTypes = ['byte_level', 'byte_fallback', 'raw'] as const;
const walker = createWalker(smallVocabulary('byte_level'));

interface Walks {
  readonly count: number;
  readonly budget: number;
  readonly through?: Walker;
}

async function walks(
  schema: JsonObject,
  { count, budget, through = walker }: Walks,
): Promise<readonly Walk[]> {
  const read = readSchema(schema);
  if (!read.ok) throw new Error(read.fault);
  const random = createRandomSource(7);
  const found: Walk[] = [];
  for (let index = 0; index < count; index += 1)
    found.push(
      await through.walk({ type: 'json', schema: read.schema }, { budget, random: () => random.next() }),
    );
  return found;
}

/** The answers that do not end in time, are no JSON, or do not fit. */
async function unfit(schema: JsonObject, options: Walks): Promise<readonly string[]> {
  const fits = ajv.compile(schema);
  const isFine = ({ ended, text }: Walk): boolean => ended && fits(JSON.parse(text));
  return (await walks(schema, options)).filter((walk) => !isFine(walk)).map(({ text }) => text);
}

function only(schema: JsonObject): JsonObject {
  return { type: 'object', properties: { v: schema }, required: ['v'], additionalProperties: false };
}

test.each(vocabularyTypes)(
  'answers fit, whatever a model with a vocabulary of type %s draws',
  async (type) => {
    const through = createWalker(smallVocabulary(type));
    for (const { schema } of askedForms)
      for (const budget of [120, 200]) expect(await unfit(schema, { count: 4, budget, through })).toEqual([]);
  },
);

test('any JSON ends in time as well', async () => {
  const random = createRandomSource(1);
  for (let index = 0; index < 20; index += 1) {
    const form = { type: 'json', schema: anyJsonSchema } as const;
    const { text, ended } = await walker.walk(form, { budget: 60, random: () => random.next() });
    expect(ended).toBe(true);
    expect(JSON.parse(text)).toBeTypeOf('object');
  }
});

test.each(['a"b', 'a\\b', 'a\nb', '\u0001', '', '日本', '😀', '[x]', 'constructor'])(
  'a property may have the name %j',
  async (name) => {
    const schema = { ...only({}), properties: { [name]: { type: 'boolean' } }, required: [name] };
    expect(await unfit(schema, { count: 4, budget: 60 })).toEqual([]);
  },
);

test.each([
  [['a', 'bb', 'b', 'acbb', 'cca']],
  [['ac', 'aaa', 'abab', 'b', 'a']],
  [[1, 12, 5, 122]],
  [['x"y', 'x\\y', 'x\ny', 'é', 'èé']],
  [[0.1, 1e21, -1.5e-7, null, true]],
])('only the values %j are written, though some begin like others', async (values) => {
  expect(await unfit(only({ enum: values }), { count: 40, budget: 60 })).toEqual([]);
});

test.each<[JsonObject]>([
  [{ minimum: 0, maximum: 1 }],
  [{ exclusiveMinimum: 0, exclusiveMaximum: 1 }],
  [{ minimum: -1.5, maximum: 0.25 }],
  [{ minimum: 5, maximum: 1000 }],
  [{ minimum: -12_345, maximum: -12 }],
  [{ exclusiveMinimum: 1_000_000_000, maximum: 1e12 }],
  [{ minimum: 0.1, maximum: 0.100001 }],
])('numbers lie in the range %j', async (range) => {
  expect(await unfit(only({ type: 'number', ...range }), { count: 40, budget: 60 })).toEqual([]);
});

test.each<[JsonObject]>([
  [{ minimum: -72, maximum: 182 }],
  [{ minimum: 57, maximum: 19_404 }],
  [{ exclusiveMinimum: 0.5, maximum: 1.5 }],
])('integers lie in the range %j', async (range) => {
  expect(await unfit(only({ type: 'integer', ...range }), { count: 40, budget: 60 })).toEqual([]);
});

test.each([
  '^a|b$',
  '^(a|ab|abc)b*$',
  '^(1[0-9]|[a-c]|1)[0-9]$',
  '^[1-9]*[1-9]$',
  '^[+*?.(){}-]{2,5}$',
  '^[\\w.-]+@\\w+\\.[a-z]{2,8}$',
  '^[a-z0-9]+(-[a-z0-9]+)*$',
  '^(-a)*b$',
  '^[a{}]{5}$',
])('texts fit the pattern %s', async (pattern) => {
  expect(await unfit(only({ type: 'string', pattern }), { count: 25, budget: 60 })).toEqual([]);
});

test.each(vocabularyTypes)(
  'texts have their lengths, counted in characters, with a vocabulary of type %s',
  async (type) => {
    const through = createWalker(smallVocabulary(type));
    const schema = only({ type: 'string', minLength: 3, maxLength: 5 });
    const found = await walks(schema, { count: 30, budget: 60, through });
    const lengths = found.map(({ text }) => Array.from(String(JSON.parse(text).v)).length);
    expect(lengths.filter((length) => length < 3 || length > 5)).toEqual([]);
    expect(found.filter(({ text }) => text.includes('\u{fffd}'))).toEqual([]);
  },
);

test('lists have as many items as they may', async () => {
  const pair = [{ type: 'boolean' }, { type: 'null' }];
  for (const schema of [
    { type: 'array', prefixItems: pair, items: { type: 'boolean' }, minItems: 1, maxItems: 3 },
    { type: 'array', prefixItems: pair, items: { type: 'boolean' }, minItems: 4 },
    { type: 'array', prefixItems: pair, items: false },
    { type: 'array', items: { type: 'null' }, maxItems: 0 },
  ])
    expect(await unfit(schema, { count: 15, budget: 60 })).toEqual([]);
});
