import { expect, test } from 'vitest';
import { z } from 'zod';
import { finishOf, partsOf, textOf } from '../conformance/observe.ts';
import { ask, openTinyModel } from './tiny-model.ts';

const person = {
  type: 'object',
  properties: {
    age: { type: 'integer', minimum: 0, maximum: 150 },
    children: { type: 'array', items: { $ref: '#/$defs/person' }, maxItems: 3 },
  },
  required: ['age', 'children'],
};
const schema = { $ref: '#/$defs/person', $defs: { person } };

const personSchema = z.strictObject({
  age: z.int().min(0).max(150),
  get children() {
    return z.array(personSchema).max(3);
  },
});

test('a schema that contains itself is kept to at every depth, and the answer ends', async () => {
  await using model = await (await openTinyModel()).ready();
  const responseFormat = { type: 'json-schema', name: 'tree', schema } as const;
  for (const seed of [1, 2, 3]) {
    const call = { ...ask('Hello', { maxOutputTokens: 200, temperature: 1, seed }), responseFormat };
    const parts = await partsOf(model.adapter, call);
    expect(finishOf(parts).reason.unified).toBe('stop');
    expect(personSchema.safeParse(JSON.parse(textOf(parts))).error).toBeUndefined();
  }
});
