import { expect } from 'vitest';
import { needed, probe, type ConformanceCase } from './case.ts';
import type { ModelAdapter, ModelCall } from '../../adapters/contract.ts';
import {
  adapterErrorOf,
  drain,
  endsSoon,
  firstText,
  generate,
  listenersOn,
  partsOf,
  settlesAfterMs,
} from './observe.ts';

/** How a call is stopped, and that nothing of it stays. */
export const abortCases = [
  {
    name: 'a signal aborted beforehand ends the call with aborted',
    async run(subject) {
      const parts = partsOf(subject.fixture.adapter, needed(subject, 'answer'), AbortSignal.abort());
      await adapterErrorOf(parts, 'aborted');
    },
  },
  {
    name: 'an abort before the first text ends the call with aborted within 100 ms',
    async run(subject) {
      const call = needed(subject, 'silence');
      await endsSoon(() => abortWhileAwaited(subject.fixture.adapter, call));
    },
  },
  {
    name: 'an abort after the first text ends the call with aborted within 100 ms',
    async run(subject) {
      const call = needed(subject, 'stall');
      await endsSoon(async () => {
        const aborter = new AbortController();
        const iterator = generate(subject.fixture.adapter, call, aborter.signal);
        await firstText(iterator);
        const rest = drain(iterator);
        aborter.abort();
        const tookMs = settlesAfterMs(rest);
        await adapterErrorOf(rest, 'aborted');
        return tookMs;
      });
    },
  },
  {
    name: 'an abort between two pulls frees the model at once and fails the next pull with aborted',
    async run(subject) {
      const aborter = new AbortController();
      const iterator = generate(subject.fixture.adapter, needed(subject, 'stall'), aborter.signal);
      await firstText(iterator);
      aborter.abort();
      await probe(subject, 'idle')();
      await adapterErrorOf(iterator.next(), 'aborted');
    },
  },
  {
    name: 'a call that failed with aborted is over',
    async run(subject) {
      const aborter = new AbortController();
      const iterator = generate(subject.fixture.adapter, needed(subject, 'stall'), aborter.signal);
      await firstText(iterator);
      aborter.abort();
      await adapterErrorOf(drain(iterator), 'aborted');
      expect(await iterator.next()).toEqual({ done: true, value: undefined });
    },
  },
  {
    name: 'leaving the loop early frees the model',
    async run(subject) {
      const signal = new AbortController().signal;
      const iterator = generate(subject.fixture.adapter, needed(subject, 'stall'), signal);
      await firstText(iterator);
      await iterator.return?.();
      await probe(subject, 'idle')();
      expect(await iterator.next()).toEqual({ done: true, value: undefined });
      expect(listenersOn(signal)).toBe(0);
    },
  },
  {
    name: 'leaving while a part is awaited frees the model',
    async run(subject) {
      const iterator = generate(subject.fixture.adapter, needed(subject, 'stall'));
      await firstText(iterator);
      const awaited = drain(iterator).catch(() => undefined);
      await iterator.return?.();
      await probe(subject, 'idle')();
      await awaited;
    },
  },
  {
    name: 'no call leaves a listener on its signal',
    async run(subject) {
      const { adapter } = subject.fixture;
      const whole = new AbortController();
      await partsOf(adapter, needed(subject, 'answer'), whole.signal);
      expect(listenersOn(whole.signal), 'after a whole answer').toBe(0);
      const aborted = new AbortController();
      const iterator = generate(adapter, needed(subject, 'stall'), aborted.signal);
      await firstText(iterator);
      aborted.abort();
      await drain(iterator).catch(() => undefined);
      expect(listenersOn(aborted.signal), 'after an abort').toBe(0);
    },
  },
  {
    name: 'an abort after the end changes nothing',
    async run(subject) {
      const aborter = new AbortController();
      const iterator = generate(subject.fixture.adapter, needed(subject, 'answer'), aborter.signal);
      await drain(iterator);
      aborter.abort();
      expect(await iterator.next()).toEqual({ done: true, value: undefined });
    },
  },
  {
    name: 'an aborted call leaves its neighbour alone',
    async run(subject) {
      const { adapter } = subject.fixture;
      const aborter = new AbortController();
      const stalled = generate(adapter, needed(subject, 'stall'), aborter.signal);
      await firstText(stalled);
      const neighbour = generate(adapter, needed(subject, 'answer'));
      await neighbour.next();
      aborter.abort();
      await adapterErrorOf(drain(stalled), 'aborted');
      expect((await drain(neighbour)).at(-1)?.type).toBe('finish');
    },
  },
  {
    name: 'after aborted calls the model answers as before',
    async run(subject) {
      const { adapter } = subject.fixture;
      const silence = needed(subject, 'silence');
      for (let round = 0; round < 10; round += 1) await abortWhileAwaited(adapter, silence);
      await probe(subject, 'idle')();
      expect((await partsOf(adapter, needed(subject, 'answer'))).at(-1)?.type).toBe('finish');
    },
  },
] as const satisfies readonly ConformanceCase[];

/** Aborts a call that waits for its model, once the call is on its way; milliseconds until it ended. */
async function abortWhileAwaited(adapter: ModelAdapter, call: ModelCall): Promise<number> {
  const aborter = new AbortController();
  const parts = partsOf(adapter, call, aborter.signal);
  await new Promise((resolve) => setImmediate(resolve));
  aborter.abort();
  const tookMs = settlesAfterMs(parts);
  await adapterErrorOf(parts, 'aborted');
  return tookMs;
}
