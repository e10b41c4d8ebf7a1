import type { LoadState } from '../adapters/local-contract.ts';
import type { Prices } from '../src/domain/deployment.ts';
import { formatUsd } from '../src/domain/money.ts';
import type { LatencyStatistics, Percentiles } from '../src/routing/statistics.ts';
import { builder } from './builder.ts';
import { milliseconds } from './milliseconds.ts';

export const PricesRef = builder.objectRef<Prices>('Prices').implement({
  description: 'Dollars per million tokens, as exact decimals.',
  fields: (t) => ({
    inputUsdPerMillionTokens: t.string({
      resolve: ({ inputNanoUsdPerMillionTokens }) => formatUsd(inputNanoUsdPerMillionTokens),
    }),
    outputUsdPerMillionTokens: t.string({
      resolve: ({ outputNanoUsdPerMillionTokens }) => formatUsd(outputNanoUsdPerMillionTokens),
    }),
    cachedInputUsdPerMillionTokens: t.string({
      resolve: (prices) =>
        formatUsd(prices.cachedInputNanoUsdPerMillionTokens ?? prices.inputNanoUsdPerMillionTokens),
    }),
  }),
});

const LoadStepRef = builder.enumType('LoadStep', {
  values: {
    IDLE: { value: 'idle' },
    DOWNLOADING: { value: 'downloading' },
    CONVERTING: { value: 'converting' },
    LOADING: { value: 'loading' },
    READY: { value: 'ready' },
    UNLOADED: { value: 'unloaded' },
    FAILED: { value: 'failed' },
  } as const,
});

const UnloadReasonRef = builder.enumType('UnloadReason', {
  values: {
    OPERATOR: { value: 'operator', description: 'Told to; loadModel brings it back.' },
    MEMORY: {
      value: 'memory',
      description: 'Another model needed its memory. The next call brings it back.',
    },
    UNUSED: { value: 'unused', description: 'Nobody called it for a while. The next call brings it back.' },
    ON_DEMAND: { value: 'on-demand', description: 'Nobody has called it yet. The first call brings it up.' },
  } as const,
});

export const LoadRef = builder.objectRef<LoadState>('Load').implement({
  description: 'How far a local model is on its way to serving.',
  fields: (t) => ({
    step: t.expose('step', { type: LoadStepRef }),
    what: t.string({
      nullable: true,
      description: 'The file or source being worked on.',
      resolve: (load) => ('what' in load ? load.what : undefined),
    }),
    progress: t.float({
      nullable: true,
      description: 'Share of the current step that is done, 0 to 1; null where unknown.',
      resolve: progress,
    }),
    bytesDone: t.field({
      type: 'SafeInt',
      nullable: true,
      resolve: (load) => ('what' in load ? load.bytesDone : undefined),
    }),
    bytesTotal: t.field({
      type: 'SafeInt',
      nullable: true,
      resolve: (load) => ('what' in load ? load.bytesTotal : undefined),
    }),
    unloadedBecause: t.field({
      type: UnloadReasonRef,
      nullable: true,
      description: 'Why the model is not in memory, where it is unloaded.',
      resolve: (load) => (load.step === 'unloaded' ? load.why : undefined),
    }),
    problem: t.string({
      nullable: true,
      description: 'What went wrong and what to do.',
      resolve: (load) => (load.step === 'failed' ? load.problem : undefined),
    }),
    retryAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the next try starts, after a failure.',
      resolve: (load) =>
        load.step === 'failed' && load.retryAtMs !== undefined ? new Date(load.retryAtMs) : undefined,
    }),
  }),
});

function progress(load: LoadState): number | undefined {
  if (load.step === 'ready') return 1;
  if (!('what' in load) || load.bytesDone === undefined || !load.bytesTotal) return undefined;
  return load.bytesDone / load.bytesTotal;
}

const PercentilesRef = builder.objectRef<Percentiles>('Percentiles').implement({
  fields: (t) => ({
    p50: t.float({ resolve: ({ p50 }) => milliseconds(p50) }),
    p95: t.float({ resolve: ({ p95 }) => milliseconds(p95) }),
  }),
});

export const LatencyRef = builder.objectRef<LatencyStatistics>('Latency').implement({
  description: 'Latency of the latest successful calls.',
  fields: (t) => ({
    firstTokenMs: t.expose('firstTokenMs', {
      type: PercentilesRef,
      nullable: true,
      description: 'Null where no answer was streamed yet.',
    }),
    outputTokensPerSecond: t.exposeFloat('outputTokensPerSecond', { nullable: true }),
    samples: t.exposeInt('samples', { description: 'How many calls these figures stand on.' }),
  }),
});
