import { Ajv2020 } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../../adapters/contract.ts';
import { AdapterError } from '../../../../adapters/errors.ts';
import { createRandomSource } from '../../../../adapters/onnx/engine/random.ts';
import { readSchema } from '../../../../adapters/onnx/schema-support.ts';
import { createWalker, smallVocabulary, type Walk } from '../../../support/answer-walk.ts';

const ajv = new Ajv2020({ strict: false });
const walker = createWalker(smallVocabulary('byte_level'));

/** Names and values that begin like others, or need an escape. */
const names = fc.constantFrom('a', 'ab', 'abc', 'b', 'bb', 'é', 'a"', 'n\n');

const texts: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.constant({ type: 'string' }),
  fc.record({ type: fc.constant('string'), minLength: fc.nat(5), maxLength: fc.integer({ min: 5, max: 9 }) }),
  fc.record({
    type: fc.constant('string'),
    pattern: fc.constantFrom('^(a|ab|abc)c?$', '^[a-z]{2,4}-\\d+$', '^[0-9]*[0-9]$', '^(-a)*b$'),
  }),
);

const numbers: fc.Arbitrary<JsonObject> = fc
  .record({
    type: fc.constantFrom('integer', 'number'),
    from: fc.integer({ min: -3000, max: 3000 }),
    width: fc.nat(3000),
  })
  .map(({ type, from, width }) => ({ type, minimum: from - 0.5, exclusiveMaximum: from + width + 0.5 }));

const values: fc.Arbitrary<JsonObject> = fc
  .uniqueArray(fc.oneof(names, fc.nat(200), fc.constant(null)), { minLength: 1, maxLength: 6 })
  .map((list) => ({ enum: list }));

const { schema: schemas } = fc.letrec<{ schema: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small' },
    texts,
    numbers,
    values,
    fc.record({
      type: fc.constant('array'),
      items: tie('schema'),
      minItems: fc.nat(2),
      maxItems: fc.integer({ min: 2, max: 4 }),
    }),
    fc.record({
      type: fc.constant('object'),
      properties: fc.dictionary(names, tie('schema'), { minKeys: 1 }),
    }),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
  ),
}));

/** `undefined` for a form that the budget does not hold. */
async function walk(schema: JsonObject, seed: number, budget: number): Promise<Walk | undefined> {
  const random = createRandomSource(seed);
  try {
    return await walker.walk({ type: 'json', schema }, { budget, random: () => random.next() });
  } catch (error) {
    if (error instanceof AdapterError && error.kind === 'invalid-request') return undefined;
    throw error;
  }
}

test('an answer of any form that is taken fits it and ends in time', async () => {
  const budgets = fc.constantFrom(40, 100, 250);
  await fc.assert(
    fc.asyncProperty(schemas, fc.nat(), budgets, async (schema, seed, budget) => {
      const read = readSchema(schema);
      const answer = read.ok ? await walk(read.schema, seed, budget) : undefined;
      if (answer === undefined) return;
      expect(answer.ended).toBe(true);
      expect(ajv.compile(schema)(JSON.parse(answer.text))).toBe(true);
    }),
    { numRuns: 150 },
  );
});
