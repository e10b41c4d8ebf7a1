/**
 * Every attribute and metric name the gateway emits; no other file spells one out.
 *
 * The `gen_ai.*` names are copied from the OpenTelemetry conventions for generative AI
 * (github.com/open-telemetry/semantic-conventions-genai, status Development): the npm package of the
 * general conventions only carries them as deprecated.
 */

/** Span and metric attributes, from docs/gen-ai/gen-ai-spans.md there. */
export const genAi = {
  operationName: 'gen_ai.operation.name',
  providerName: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  requestStream: 'gen_ai.request.stream',
  requestMaxTokens: 'gen_ai.request.max_tokens',
  requestTemperature: 'gen_ai.request.temperature',
  requestTopP: 'gen_ai.request.top_p',
  requestTopK: 'gen_ai.request.top_k',
  requestSeed: 'gen_ai.request.seed',
  requestPresencePenalty: 'gen_ai.request.presence_penalty',
  requestFrequencyPenalty: 'gen_ai.request.frequency_penalty',
  outputType: 'gen_ai.output.type',
  responseId: 'gen_ai.response.id',
  responseModel: 'gen_ai.response.model',
  responseFinishReasons: 'gen_ai.response.finish_reasons',
  /** Seconds. */
  responseTimeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  usageInputTokens: 'gen_ai.usage.input_tokens',
  usageOutputTokens: 'gen_ai.usage.output_tokens',
  usageCacheReadInputTokens: 'gen_ai.usage.cache_read.input_tokens',
  usageReasoningOutputTokens: 'gen_ai.usage.reasoning.output_tokens',
  /** `input` or `output`; docs/gen-ai/gen-ai-metrics.md. */
  tokenType: 'gen_ai.token.type',
  /** JSON text, only where content is captured; its form is docs/gen-ai/gen-ai-input-messages.json. */
  inputMessages: 'gen_ai.input.messages',
  /** As above; docs/gen-ai/gen-ai-output-messages.json. */
  outputMessages: 'gen_ai.output.messages',
} as const;

/** From docs/graphql/graphql-spans.md of the OpenTelemetry semantic conventions, status Development. */
export const graphql = {
  operationName: 'graphql.operation.name',
  operationType: 'graphql.operation.type',
} as const;

/** From docs/registry/attributes/error.md of the OpenTelemetry semantic conventions, status Stable. */
export const errorType = 'error.type';

/** Resource attributes, from docs/resource/service.md of the OpenTelemetry semantic conventions, status Stable. */
export const service = {
  name: 'service.name',
  version: 'service.version',
} as const;

/** Our own attributes. */
export const switchyard = {
  generationId: 'switchyard.generation.id',
  /** The model the client asked for; never on a metric, for the client writes it. */
  requestedModel: 'switchyard.requested_model',
  deployment: 'switchyard.deployment',
  /** Of a generation `completed`, `failed` or `cancelled`; of an attempt `succeeded`, `failed` or `cancelled`. */
  outcome: 'switchyard.outcome',
  attemptCount: 'switchyard.attempts.count',
  planPolicy: 'switchyard.plan.policy',
  planCandidateCount: 'switchyard.plan.candidates.count',
  planChosen: 'switchyard.plan.chosen',
  /** One `DEPLOYMENT:CODE` for each deployment that could not serve. */
  planRejected: 'switchyard.plan.rejected',
  /** `hit` or `miss`. */
  cacheResult: 'switchyard.cache.result',
  costUsd: 'switchyard.cost.usd',
  /** Milliseconds in a local queue. */
  queuedMs: 'switchyard.queued_ms',
  /** `prompt` or `answer`. */
  localPhase: 'switchyard.local.phase',
  /** `operator`, `memory` or `unused`. */
  unloadReason: 'switchyard.local.unload_reason',
} as const;

/** What a metric is called and how it is counted. */
export interface MetricDefinition {
  readonly name: string;
  /** UCUM, as OpenTelemetry asks; in braces what is only a remark. */
  readonly unit: string;
  readonly description: string;
}

export interface HistogramDefinition extends MetricDefinition {
  readonly boundaries: readonly number[];
}

/**
 * The convention's boundaries for durations in seconds, and two more: its last one, 81.92 s, is shorter
 * than many long answers.
 */
const durationBoundaries = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84, 327.68,
];

/** The convention's boundaries for token counts, up to what the longest contexts hold. */
const tokenBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304];

/** The first three are from docs/gen-ai/gen-ai-metrics.md; the others are our own. */
export const histograms = {
  operationDuration: {
    name: 'gen_ai.client.operation.duration',
    unit: 's',
    description: 'Duration of one call to a model.',
    boundaries: durationBoundaries,
  },
  timeToFirstChunk: {
    name: 'gen_ai.client.operation.time_to_first_chunk',
    unit: 's',
    description: 'Time from the start of a call to a model until its first content.',
    boundaries: durationBoundaries,
  },
  tokenUsage: {
    name: 'gen_ai.client.token.usage',
    unit: '{token}',
    description: 'Tokens of one call, as the model counted them.',
    boundaries: tokenBoundaries,
  },
  generationDuration: {
    name: 'switchyard.generation.duration',
    unit: 's',
    description: 'Duration of one generation as the client sees it, all attempts together.',
    boundaries: durationBoundaries,
  },
  generationTimeToFirstToken: {
    name: 'switchyard.generation.time_to_first_token',
    unit: 's',
    description: 'Time from a request until its first token reaches the client, failed attempts included.',
    boundaries: durationBoundaries,
  },
  queueDuration: {
    name: 'switchyard.queue.duration',
    unit: 's',
    description: 'Wait of one call in the queue of a local model.',
    boundaries: durationBoundaries,
  },
  gatewayOverhead: {
    name: 'switchyard.gateway.overhead',
    unit: 's',
    description: 'Time the gateway adds to a generation that needed at most one call to a model.',
    boundaries: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1],
  },
  eventLoopLag: {
    name: 'switchyard.event_loop.lag',
    unit: 's',
    description: 'How late the event loop of the gateway was, looked at ten times a second.',
    boundaries: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5],
  },
} as const satisfies Record<string, HistogramDefinition>;

export const counters = {
  attempts: {
    name: 'switchyard.attempts',
    unit: '{attempt}',
    description: 'Finished calls to models.',
  },
  cost: {
    name: 'switchyard.cost.usd',
    unit: '{usd}',
    description: 'Money spent on calls to models, in US dollars.',
  },
  cacheLookups: {
    name: 'switchyard.cache.lookups',
    unit: '{lookup}',
    description: 'Requests that were looked up in the response cache.',
  },
  limiterShed: {
    name: 'switchyard.limiter.shed',
    unit: '{call}',
    description: 'Calls to a deployment that were refused because it had enough to do.',
  },
  localLoads: {
    name: 'switchyard.local.loads',
    unit: '{process}',
    description: 'Processes of a model that were brought up to where they answer.',
  },
  localCrashes: {
    name: 'switchyard.local.crashes',
    unit: '{process}',
    description:
      'Processes of a model that ended although nobody asked them to, or were ended by the watch over them.',
  },
  localSwaps: {
    name: 'switchyard.local.swaps',
    unit: '{swap}',
    description: 'Changes of a model to another version of its files.',
  },
  localUnloads: {
    name: 'switchyard.local.unloads',
    unit: '{unload}',
    description: 'Times a model was taken out of memory.',
  },
  localTokens: {
    name: 'switchyard.local.tokens',
    unit: '{token}',
    description: 'Tokens that a model computed, those of cancelled answers included.',
  },
  localCachedTokens: {
    name: 'switchyard.local.cached_tokens',
    unit: '{token}',
    description: 'Tokens of prompts that need not be computed, for an earlier prompt began alike.',
  },
  localRuns: {
    name: 'switchyard.local.runs',
    unit: '{run}',
    description:
      'Runs of the graph of a model, each over a piece of a prompt or over the next token of all answers.',
  },
  localRunTime: {
    name: 'switchyard.local.run.time',
    unit: 's',
    description: 'Time in the runs of the graph of a model.',
  },
} as const satisfies Record<string, MetricDefinition>;

export const gauges = {
  activeGenerations: {
    name: 'switchyard.generations.active',
    unit: '{generation}',
    description: 'Generations under way.',
  },
  breakerState: {
    name: 'switchyard.breaker.state',
    unit: '{state}',
    description: 'Circuit breaker of a deployment: 0 closed, 1 half open, 2 open.',
  },
  limiterLimit: {
    name: 'switchyard.limiter.limit',
    unit: '{call}',
    description: 'Calls to a deployment that may be under way at once, as the limiter has measured.',
  },
  limiterInFlight: {
    name: 'switchyard.limiter.in_flight',
    unit: '{call}',
    description: 'Calls to a deployment that are under way.',
  },
  limiterQueued: {
    name: 'switchyard.limiter.queued',
    unit: '{call}',
    description: 'Calls to a deployment that wait for a place.',
  },
  localState: {
    name: 'switchyard.local.state',
    unit: '{state}',
    description: 'A model of this machine: 0 not in memory, 1 on its way there, 2 ready, 3 failed.',
  },
  localCrashLoop: {
    name: 'switchyard.local.crash_loop',
    unit: '{state}',
    description:
      '1 while a model has crashed so often within a minute that it is brought up only now and then.',
  },
  localProcesses: {
    name: 'switchyard.local.processes',
    unit: '{process}',
    description: 'Processes of a model that answer.',
  },
  localMemoryResident: {
    name: 'switchyard.local.memory.resident',
    unit: 'By',
    description: 'Physical memory of the processes of a model.',
  },
  localMemoryCache: {
    name: 'switchyard.local.memory.cache',
    unit: 'By',
    description: 'Keys and values in that memory: of answers under way and of earlier prompts.',
  },
  localMemoryReserved: {
    name: 'switchyard.local.memory.reserved',
    unit: 'By',
    description: 'Memory that a model has reserved of the budget.',
  },
  localMemoryBudget: {
    name: 'switchyard.local.memory.budget',
    unit: 'By',
    description: 'Most memory that the models of this machine may reserve together.',
  },
  localSlots: {
    name: 'switchyard.local.slots',
    unit: '{call}',
    description: 'Answers that a model can work on at once.',
  },
  localBusySlots: {
    name: 'switchyard.local.slots.busy',
    unit: '{call}',
    description: 'Answers that a model works on.',
  },
  localQueued: {
    name: 'switchyard.local.queued',
    unit: '{call}',
    description: 'Calls that wait for a slot of a model.',
  },
  localLoadDuration: {
    name: 'switchyard.local.load.duration',
    unit: 's',
    description: 'How long the process of a model that came up last took until it answered.',
  },
} as const satisfies Record<string, MetricDefinition>;
