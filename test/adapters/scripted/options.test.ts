import { expect, test } from 'vitest';
import { z } from 'zod';
import { scriptedOptionsSchema } from '../../../adapters/scripted/options.ts';

test('no options make a model that echoes', () => {
  expect(scriptedOptionsSchema.parse({})).toMatchObject({ rules: [], dimensions: 8, capabilities: ['text'] });
});

test.each([
  ['a step of no kind', { rules: [{ play: [{ type: 'sing' }] }] }],
  ['a condition with a typing error', { rules: [{ when: { contain: 'x' }, play: [] }] }],
  ['an abort by the model', { rules: [{ play: [{ type: 'fail', kind: 'aborted' }] }] }],
  ['a wait backwards', { rules: [{ play: [{ type: 'wait', durationMs: -1 }] }] }],
])('%s is refused', (_, options) => {
  expect(scriptedOptionsSchema.safeParse(options).success).toBe(false);
});

test('the options have a JSON schema, for the one of the catalogue', () => {
  const { properties } = z.toJSONSchema(scriptedOptionsSchema, { io: 'input' });
  expect(Object.keys(properties ?? {})).toEqual([
    'rules',
    'dimensions',
    'labels',
    'capabilities',
    'contextTokens',
    'samplingParameters',
  ]);
});
