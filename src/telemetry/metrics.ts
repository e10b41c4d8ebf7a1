import type { Attributes, Histogram, Meter } from '@opentelemetry/api';
import type { TokenUsage } from '../../adapters/contract.ts';
import type { Attempt } from '../domain/attempt.ts';
import type { Outcome } from '../domain/outcome.ts';
import { deploymentAttributes, type ModelOperation } from './attempt-span.ts';
import { observeLocalModels, type LocalModelsReading } from './local-metrics.ts';
import { factsOf, type OutcomeFacts } from './outcome-facts.ts';
import { createTally, type Tally } from './tally.ts';
import {
  counters,
  errorType,
  gauges,
  genAi,
  histograms,
  switchyard,
  type HistogramDefinition,
  type MetricDefinition,
} from './semconv.ts';

/** Where a deployment's circuit breaker stands. */
export interface BreakerReading {
  /** The deployment's name. */
  readonly deployment: string;
  readonly state: 'closed' | 'half-open' | 'open';
}

/** How many calls a deployment's limiter lets through. */
export interface LimiterReading {
  /** The deployment's name. */
  readonly deployment: string;
  readonly limit: number;
  readonly inFlight: number;
  readonly queued: number;
  /** Calls refused so far. */
  readonly shed: number;
}

export interface Metrics {
  generationStarted(): void;
  generationEnded(outcome: Outcome): void;
  /** An attempt to have texts read has ended. */
  hasRead(operation: ModelOperation, attempt: Attempt, usage: TokenUsage | undefined): void;
  /** `read` is called at every collection; the breakers of all readers are reported. */
  observeBreakers(read: () => Iterable<BreakerReading>): void;
  /** As `observeBreakers`, for the limiters. */
  observeLimiters(read: () => Iterable<LimiterReading>): void;
  /** As `observeBreakers`, for the models of this machine; of one reader. */
  observeLocalModels(read: () => LocalModelsReading): void;
  /** How late the event loop was at one look at it. */
  eventLoopTicked(lagMs: number): void;
}

/** Outcomes that are recorded together, for one at a time finds the caches of the processor cold and costs five times as much. */
const batchSize = 64;

/** Labels are bounded: names from the catalogue and codes of ours, nothing a client or a provider writes. */
export function createMetrics(meter: Meter): Metrics {
  let active = 0;
  let ended: Outcome[] = [];

  function recordEnded(): void {
    const batch = ended;
    ended = [];
    for (const outcome of batch) recordGeneration(instruments, outcome);
  }

  // The first callback of all: what it records is in the collection that it is called for. And from the first collection on there is
  // a series, so that its absence means a gateway that is gone.
  const { activeGenerations } = gauges;
  meter.createObservableUpDownCounter(activeGenerations.name, activeGenerations).addCallback((result) => {
    recordEnded();
    result.observe(active);
  });
  const instruments = createInstruments(meter);

  return {
    generationStarted: () => void (active += 1),
    generationEnded(outcome) {
      active -= 1;
      if (ended.push(outcome) >= batchSize) recordEnded();
    },
    hasRead(operation, attempt, usage) {
      recordAttempt(instruments, operation, attempt);
      if (usage !== undefined)
        recordUsage(instruments, deploymentAttributes(operation, attempt.deployment), usage);
    },
    observeBreakers(read) {
      instruments.breakerState.addCallback((result) => {
        for (const { deployment, state } of read()) {
          result.observe(breakerValues[state], { [switchyard.deployment]: deployment });
        }
      });
    },
    observeLimiters: (read) => observeLimiters(meter, read),
    observeLocalModels: (read) => observeLocalModels(meter, read),
    eventLoopTicked: (lagMs) => instruments.eventLoopLag.record(lagMs / 1000),
  };
}

const breakerValues = { closed: 0, 'half-open': 1, open: 2 } as const satisfies Record<
  BreakerReading['state'],
  number
>;

function observeLimiters(meter: Meter, read: () => Iterable<LimiterReading>): void {
  const { limiterLimit, limiterInFlight, limiterQueued } = gauges;
  const { limiterShed } = counters;
  const limit = meter.createObservableGauge(limiterLimit.name, limiterLimit);
  const inFlight = meter.createObservableGauge(limiterInFlight.name, limiterInFlight);
  const queued = meter.createObservableGauge(limiterQueued.name, limiterQueued);
  const shed = meter.createObservableCounter(limiterShed.name, limiterShed);
  meter.addBatchObservableCallback(
    (result) => {
      for (const { deployment, ...reading } of read()) {
        const labels = { [switchyard.deployment]: deployment };
        result.observe(limit, reading.limit, labels);
        result.observe(inFlight, reading.inFlight, labels);
        result.observe(queued, reading.queued, labels);
        result.observe(shed, reading.shed, labels);
      }
    },
    [limit, inFlight, queued, shed],
  );
}

type Instruments = ReturnType<typeof createInstruments>;

function createInstruments(meter: Meter) {
  const histogram = ({ name, unit, description, boundaries }: HistogramDefinition): Histogram =>
    meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries: [...boundaries] } });
  const tally = (definition: MetricDefinition): Tally => createTally(meter, definition);
  const { breakerState } = gauges;
  return {
    operationDuration: histogram(histograms.operationDuration),
    timeToFirstChunk: histogram(histograms.timeToFirstChunk),
    tokenUsage: histogram(histograms.tokenUsage),
    generationDuration: histogram(histograms.generationDuration),
    generationTimeToFirstToken: histogram(histograms.generationTimeToFirstToken),
    queueDuration: histogram(histograms.queueDuration),
    gatewayOverhead: histogram(histograms.gatewayOverhead),
    eventLoopLag: histogram(histograms.eventLoopLag),
    attempts: tally(counters.attempts),
    cost: tally(counters.cost),
    cacheLookups: tally(counters.cacheLookups),
    breakerState: meter.createObservableGauge(breakerState.name, breakerState),
  };
}

function recordGeneration(instruments: Instruments, outcome: Outcome): void {
  const { attempts, timings, cache, result } = outcome;
  const facts = factsOf(outcome);
  const labels = generationLabels(facts);
  for (const attempt of attempts) recordAttempt(instruments, 'chat', attempt);
  recordSeconds(instruments.generationDuration, timings.totalMs, labels);
  recordSeconds(instruments.generationTimeToFirstToken, timings.firstTokenMs, labels);
  recordOverhead(instruments, outcome);
  if (facts.cacheResult !== undefined) {
    const { cacheResult } = facts;
    instruments.cacheLookups.add(1, cacheResult, () => ({ [switchyard.cacheResult]: cacheResult }));
  }
  // An answer from the cache costs nothing and used no tokens now.
  if (result.type === 'failed' || cache.hit) return;
  const { answer, deployment } = result.generation;
  const served = deploymentAttributes('chat', deployment);
  recordUsage(instruments, served, answer.usage);
  instruments.cost.add(facts.costUsd ?? 0, deployment.name, () => served);
}

function generationLabels({ state, problemCode, servedBy }: OutcomeFacts): Attributes {
  return {
    [switchyard.outcome]: state,
    ...(problemCode === undefined ? {} : { [errorType]: problemCode }),
    ...(servedBy === undefined
      ? {}
      : { [genAi.requestModel]: servedBy.model, [switchyard.deployment]: servedBy.name }),
  };
}

function recordAttempt(instruments: Instruments, operation: ModelOperation, attempt: Attempt): void {
  const { deployment, problem, outcome } = attempt;
  const labels = {
    ...deploymentAttributes(operation, deployment),
    ...(problem === undefined ? {} : { [errorType]: problem.code }),
  };
  instruments.attempts.add(1, `${operation} ${deployment.name} ${outcome} ${problem?.code}`, () => ({
    ...labels,
    [switchyard.outcome]: outcome,
  }));
  recordSeconds(instruments.operationDuration, attempt.durationMs, labels);
  recordSeconds(instruments.timeToFirstChunk, attempt.firstTokenMs, labels);
  recordSeconds(instruments.queueDuration, attempt.queuedMs, labels);
}

function recordUsage(instruments: Instruments, labels: Attributes, usage: TokenUsage): void {
  const { inputTokens, outputTokens } = usage;
  if (inputTokens !== undefined) {
    instruments.tokenUsage.record(inputTokens, { ...labels, [genAi.tokenType]: 'input' });
  }
  if (outputTokens !== undefined) {
    instruments.tokenUsage.record(outputTokens, { ...labels, [genAi.tokenType]: 'output' });
  }
}

/** Between several attempts lie waits that are meant, so only the generations without them count. */
function recordOverhead({ gatewayOverhead }: Instruments, { attempts, timings, result }: Outcome): void {
  const [attempt] = attempts;
  if (attempts.length > 1 || result.type === 'failed') return;
  const overheadMs = timings.totalMs - (attempt?.durationMs ?? 0);
  recordSeconds(gatewayOverhead, Math.max(0, overheadMs), {});
}

function recordSeconds(histogram: Histogram, milliseconds: number | undefined, labels: Attributes): void {
  if (milliseconds !== undefined) histogram.record(milliseconds / 1000, labels);
}
