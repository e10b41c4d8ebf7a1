import { expect } from 'vitest';
import type { EmbedCall, EmbedResult, ModelAdapter } from '../../adapters/contract.ts';
import { adapterErrorKinds } from '../../adapters/errors.ts';
import { needed, probe, type ConformanceCase } from './case.ts';
import { adapterErrorOf, endsSoon, listenersOn, settlesAfterMs } from './observe.ts';

/** What holds for embeddings. */
export const embedCases = [
  {
    name: 'an embedding has one vector a text, in order, all of the same length',
    async run(subject) {
      const call = needed(subject, 'embed');
      const { vectors, dimensions, truncated } = await embed(subject.fixture.adapter, call);
      expect(vectors).toHaveLength(call.texts.length);
      expect(truncated).toHaveLength(call.texts.length);
      for (const vector of vectors) {
        expect(vector).toHaveLength(dimensions);
        expect(vector.every((value) => Number.isFinite(value))).toBe(true);
      }
      expect(distance(vectors[0], vectors.at(-1))).toBeLessThan(1e-3);
      expect(distance(vectors[0], vectors[1])).toBeGreaterThan(1e-3);
    },
  },
  {
    name: 'an embedding counts its tokens, or says that it does not know',
    async run(subject) {
      const { usage } = await embed(subject.fixture.adapter, needed(subject, 'embed'));
      expect(usage.outputTokens).toBeUndefined();
      expect(usage.inputTokens ?? 1).toBeGreaterThan(0);
    },
  },
  {
    name: 'an abort ends an embedding with aborted within 100 ms',
    async run(subject) {
      const call = needed(subject, 'embedSilence');
      await endsSoon(async () => {
        const aborter = new AbortController();
        const result = embed(subject.fixture.adapter, call, aborter.signal);
        await new Promise((resolve) => setImmediate(resolve));
        aborter.abort();
        const tookMs = settlesAfterMs(result);
        await adapterErrorOf(result, 'aborted');
        expect(listenersOn(aborter.signal)).toBe(0);
        return tookMs;
      });
      await probe(subject, 'idle')();
    },
  },
  {
    name: 'a failing embedding throws one AdapterError of the promised kind',
    async run(subject) {
      const failures = needed(subject, 'embedFailures');
      expect(Object.keys(failures)).not.toEqual([]);
      for (const kind of adapterErrorKinds) {
        const call = failures[kind];
        if (call === undefined) continue;
        const error = await adapterErrorOf(embed(subject.fixture.adapter, call), kind);
        expect(error.message).not.toBe('');
      }
    },
  },
] as const satisfies readonly ConformanceCase[];

async function embed(
  adapter: ModelAdapter,
  call: EmbedCall,
  signal: AbortSignal = new AbortController().signal,
): Promise<EmbedResult> {
  if (adapter.embed === undefined) throw new Error('the adapter has no embed');
  return adapter.embed(call, signal);
}

function distance(left: readonly number[] = [], right: readonly number[] = []): number {
  return Math.hypot(...left.map((value, place) => value - (right[place] ?? Number.NaN)));
}
