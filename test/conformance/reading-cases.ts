import { expect } from 'vitest';
import type {
  ClassifyCall,
  ClassifyResult,
  ModelAdapter,
  RerankCall,
  RerankResult,
} from '../../adapters/contract.ts';
import { needed, probe, type ConformanceCase } from './case.ts';
import { adapterErrorOf, listenersOn } from './observe.ts';

/** What holds for labels. */
export const classifyCases = [
  {
    name: 'every text gets every label, the likeliest first',
    async run(subject) {
      const call = needed(subject, 'classify');
      const { scores, truncated } = await classify(subject.fixture.adapter, call);
      expect(scores).toHaveLength(call.texts.length);
      expect(truncated).toHaveLength(call.texts.length);
      const labels = scores[0]?.map(({ label }) => label).toSorted();
      for (const ofText of scores) {
        expect(ofText.map(({ label }) => label).toSorted()).toEqual(labels);
        const values = ofText.map(({ score }) => score);
        expect(values).toEqual(values.toSorted((left, right) => right - left));
        expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
      }
    },
  },
  {
    name: 'an abort ends a classification with aborted',
    async run(subject) {
      const aborter = new AbortController();
      const result = classify(subject.fixture.adapter, needed(subject, 'classifySilence'), aborter.signal);
      aborter.abort();
      await adapterErrorOf(result, 'aborted');
      expect(listenersOn(aborter.signal)).toBe(0);
      await probe(subject, 'idle')();
    },
  },
] as const satisfies readonly ConformanceCase[];

/** What holds for the order of documents. */
export const rerankCases = [
  {
    name: 'every document gets a score, in the order of the documents',
    async run(subject) {
      const { call, best } = needed(subject, 'rerank');
      const { scores, truncated } = await rerank(subject.fixture.adapter, call);
      expect(scores).toHaveLength(call.documents.length);
      expect(truncated).toHaveLength(call.documents.length);
      expect(scores.every(Number.isFinite)).toBe(true);
      expect(scores.indexOf(Math.max(...scores))).toBe(best);
    },
  },
  {
    name: 'an abort ends a reranking with aborted',
    async run(subject) {
      const aborter = new AbortController();
      const result = rerank(subject.fixture.adapter, needed(subject, 'rerankSilence'), aborter.signal);
      aborter.abort();
      await adapterErrorOf(result, 'aborted');
      expect(listenersOn(aborter.signal)).toBe(0);
      await probe(subject, 'idle')();
    },
  },
] as const satisfies readonly ConformanceCase[];

const anySignal = (): AbortSignal => new AbortController().signal;

async function classify(
  adapter: ModelAdapter,
  call: ClassifyCall,
  signal: AbortSignal = anySignal(),
): Promise<ClassifyResult> {
  if (adapter.classify === undefined) throw new Error('the adapter has no classify');
  return adapter.classify(call, signal);
}

async function rerank(
  adapter: ModelAdapter,
  call: RerankCall,
  signal: AbortSignal = anySignal(),
): Promise<RerankResult> {
  if (adapter.rerank === undefined) throw new Error('the adapter has no rerank');
  return adapter.rerank(call, signal);
}
