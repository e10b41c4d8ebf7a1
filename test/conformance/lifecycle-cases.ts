import { expect } from 'vitest';
import { adapterErrorKinds, AdapterError } from '../../adapters/errors.ts';
import { capabilities, type Capability, type ModelAdapter } from '../../adapters/contract.ts';
import { needed, probe, type ConformanceCase } from './case.ts';
import { adapterErrorOf, drain, firstText, generate, listenersOn, partsOf } from './observe.ts';

/** The member that does it. A driver may have members that its model has no use for. */
function doer(adapter: ModelAdapter, capability: Capability): unknown {
  switch (capability) {
    case 'embeddings':
      return adapter.embed;
    case 'classification':
      return adapter.classify;
    case 'reranking':
      return adapter.rerank;
    case 'text':
    case 'images':
    case 'tools':
    case 'json':
    case 'json-schema':
    case 'log-probabilities':
      return adapter.generate;
  }
}

/** What an adapter says of itself, how it fails and how it closes. */
export const lifecycleCases = [
  {
    name: 'the traits name what the adapter can do',
    async run({ fixture: { adapter } }) {
      const traits = adapter.traits();
      expect(capabilities).toEqual(expect.arrayContaining([...traits.capabilities]));
      expect(new Set(traits.capabilities).size).toBe(traits.capabilities.length);
      for (const capability of traits.capabilities) expect(doer(adapter, capability)).toBeDefined();
      expect(traits.contextTokens ?? 1).toBeGreaterThan(0);
      expect(adapter.kind).not.toBe('');
    },
  },
  {
    name: 'a failing call throws one AdapterError of the promised kind and is over',
    async run(subject) {
      const failures = needed(subject, 'failures');
      expect(Object.keys(failures)).not.toEqual([]);
      for (const kind of adapterErrorKinds) {
        const call = failures[kind];
        if (call === undefined) continue;
        const signal = new AbortController().signal;
        const iterator = generate(subject.fixture.adapter, call, signal);
        const error = await adapterErrorOf(drain(iterator), kind);
        expect(error.message).not.toBe('');
        expect(await iterator.next()).toEqual({ done: true, value: undefined });
        expect(listenersOn(signal), kind).toBe(0);
      }
    },
  },
  {
    name: 'after failures the model answers as before',
    async run(subject) {
      const { adapter } = subject.fixture;
      for (const call of Object.values(needed(subject, 'failures'))) {
        await partsOf(adapter, call).catch(() => undefined);
      }
      await probe(subject, 'idle')();
      expect((await partsOf(adapter, needed(subject, 'answer'))).at(-1)?.type).toBe('finish');
    },
  },
  {
    name: 'close ends calls under way with aborted',
    async run(subject) {
      const { adapter } = await subject.another();
      const iterator = generate(adapter, needed(subject, 'stall'));
      await firstText(iterator);
      const rest = drain(iterator);
      await Promise.all([adapter.close(), adapterErrorOf(rest, 'aborted')]);
    },
  },
  {
    name: 'close may be called twice, also at once',
    async run(subject) {
      const { adapter } = await subject.another();
      await Promise.all([adapter.close(), adapter.close()]);
      await adapter.close();
    },
  },
  {
    name: 'a call after close fails with an AdapterError',
    async run(subject) {
      const { adapter } = await subject.another();
      await adapter.close();
      const error: unknown = await partsOf(adapter, needed(subject, 'answer')).catch(
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(AdapterError);
    },
  },
  {
    name: 'close releases every socket, process and timer',
    async run(subject) {
      const fixture = await subject.another();
      await partsOf(fixture.adapter, needed(subject, 'answer'));
      const iterator = generate(fixture.adapter, needed(subject, 'stall'));
      await firstText(iterator);
      const rest = drain(iterator).catch(() => undefined);
      await fixture.adapter.close();
      await rest;
      await probe({ ...subject, fixture }, 'released')();
    },
  },
] as const satisfies readonly ConformanceCase[];
