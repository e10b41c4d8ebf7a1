import { expect, test } from 'vitest';
import type { ModelCall } from '../../adapters/contract.ts';
import { adapterErrorOf, finishOf, partsOf, textOf } from '../conformance/observe.ts';
import { ask, openTinyModel } from './tiny-model.ts';

/** A model with random weights, which left to itself writes gibberish. */
function asking(more: Partial<ModelCall>, maxOutputTokens = 120): ModelCall {
  return { ...ask('Hello', { maxOutputTokens, temperature: 1, seed: 3 }), ...more };
}

const schema = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer', minimum: 0, maximum: 150 } },
  required: ['name', 'age'],
};
const format = { type: 'json-schema', name: 'answer', schema } as const;
const tool = {
  name: 'weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

test('gibberish within a form is a valid answer that ends in time', async () => {
  await using model = await (await openTinyModel()).ready();
  const parts = await partsOf(model.adapter, asking({ responseFormat: format }));
  expect(finishOf(parts).reason.unified).toBe('stop');
  expect(JSON.parse(textOf(parts))).toEqual({ name: expect.any(String), age: expect.any(Number) });
});

test('any JSON is an object or a list', async () => {
  await using model = await (await openTinyModel()).ready();
  const parts = await partsOf(model.adapter, asking({ responseFormat: { type: 'json' } }));
  expect(JSON.parse(textOf(parts))).toBeTypeOf('object');
});

test('a tool that must be called is called, with arguments that fit', async () => {
  await using model = await (await openTinyModel()).ready();
  const parts = await partsOf(model.adapter, asking({ tools: [tool], toolChoice: { type: 'required' } }));
  const deltas = parts.filter((part) => part.type === 'tool-call-delta');
  expect(deltas[0]).toMatchObject({ index: 0, id: expect.stringMatching(/^call_/), name: 'weather' });
  expect(JSON.parse(deltas.map(({ argumentsDelta }) => argumentsDelta).join(''))).toEqual({
    city: expect.any(String),
  });
  expect(textOf(parts)).toBe('');
  expect(finishOf(parts).reason.unified).toBe('tool-calls');
});

test('a schema that is not kept to is refused before anything is computed, with its path', async () => {
  await using model = await (await openTinyModel()).ready();
  const unkept = { ...schema, properties: { ...schema.properties, age: { type: 'integer', multipleOf: 2 } } };
  const call = asking({ responseFormat: { ...format, schema: unkept } });
  const error = await adapterErrorOf(partsOf(model.adapter, call), 'unsupported');
  expect(error.requestFault).toBe(
    'responseFormat.jsonSchema: properties.age.multipleOf is not supported by local models; supported are minimum, maximum, exclusiveMinimum, exclusiveMaximum',
  );
});

test('a form that the allowed tokens cannot hold is refused with the figures', async () => {
  await using model = await (await openTinyModel()).ready();
  const call = asking({ responseFormat: format }, 5);
  const error = await adapterErrorOf(partsOf(model.adapter, call), 'invalid-request');
  expect(error.requestFault).toMatch(/within 5 tokens: it needs more/);
});

test('a stop text of the caller does not cut an answer of a form', async () => {
  await using model = await (await openTinyModel()).ready();
  const call = asking({ responseFormat: format });
  const parts = await partsOf(model.adapter, {
    ...call,
    sampling: { ...call.sampling, stop: ['"', ':', '}'] },
  });
  expect(JSON.parse(textOf(parts))).toEqual({ name: expect.any(String), age: expect.any(Number) });
  expect(finishOf(parts).reason.unified).toBe('stop');
});

test('words instead of a call are cut by the limit, and say so', async () => {
  await using model = await (await openTinyModel()).ready();
  const parts = await partsOf(model.adapter, asking({ tools: [tool], toolChoice: { type: 'auto' } }, 20));
  expect(parts.filter((part) => part.type === 'tool-call-delta')).toEqual([]);
  expect(finishOf(parts).reason.unified).toBe('length');
});

test('the schemas of all tools together have the limits of one', async () => {
  await using model = await (await openTinyModel()).ready();
  const values = {
    type: 'object',
    properties: { v: { enum: Array.from({ length: 300 }, (_, index) => index) } },
  };
  const tools = ['one', 'other'].map((name) => ({ name, parameters: values }));
  const error = await adapterErrorOf(partsOf(model.adapter, asking({ tools })), 'unsupported');
  expect(error.requestFault).toMatch(/^tools.other.parameters: properties.v.enum is too much/);
});
