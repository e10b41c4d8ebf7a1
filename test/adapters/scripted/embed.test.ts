import { expect, test } from 'vitest';
import type { EmbedCall, EmbedResult } from '../../../adapters/contract.ts';
import { adapterErrorOf } from '../../conformance/observe.ts';
import { open, type Opened } from './open.ts';

function embed({ adapter }: Opened, ...texts: readonly string[]): Promise<EmbedResult> {
  const call: EmbedCall = { texts };
  if (adapter.embed === undefined) throw new Error('the adapter has no embed');
  return adapter.embed(call, new AbortController().signal);
}

const options = { capabilities: ['embeddings'] };

test('a vector has the length 1 and depends on nothing but the text', async () => {
  const { vectors, dimensions, usage } = await embed(open({ ...options, dimensions: 5 }), 'one two', 'three');
  const again = await embed(open({ ...options, dimensions: 5 }), 'three', 'one two');
  expect(dimensions).toBe(5);
  expect(vectors).toEqual(again.vectors.toReversed());
  for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 10);
  expect(usage.inputTokens).toBe(3);
});

test('of a script, only the waits and faults are played', async () => {
  const opened = open({
    ...options,
    rules: [
      {
        when: { contains: 'slow' },
        play: [
          { type: 'text', text: 'unsaid' },
          { type: 'wait', durationMs: 50 },
        ],
      },
      { when: { contains: 'bad' }, play: [{ type: 'fail', kind: 'rate-limit', retryAfterMs: 10 }] },
    ],
  });
  const slow = embed(opened, 'a slow text');
  await opened.clock.advanceAsync(49);
  expect(opened.clock.pendingTimers()).toBe(1);
  await opened.clock.advanceAsync(1);
  expect((await slow).vectors).toHaveLength(1);
  expect((await adapterErrorOf(embed(opened, 'good', 'bad'), 'rate-limit')).retryAfterMs).toBe(10);
});

test('a deployment embeds only where its capabilities say so', () => {
  expect(open().adapter).not.toHaveProperty('embed');
  expect(open(options).adapter).not.toHaveProperty('generate');
});
