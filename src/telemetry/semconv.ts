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
} as const satisfies Record<string, MetricDefinition>;
