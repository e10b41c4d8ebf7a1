import type { LocalModelReading } from '../../src/telemetry/local-metrics.ts';
import type { Answer } from '../../src/domain/answer.ts';
import type { Attempt } from '../../src/domain/attempt.ts';
import type { Deployment } from '../../src/domain/deployment.ts';
import type { Generation, Outcome } from '../../src/domain/outcome.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { Problem } from '../../src/domain/problem.ts';
import type { GenerationRequest } from '../../src/domain/request.ts';

export const remote: Deployment = {
  name: 'gpt-primary',
  model: 'gpt-5-mini',
  kind: 'openai',
  local: false,
  prices: { inputNanoUsdPerMillionTokens: 250_000_000, outputNanoUsdPerMillionTokens: 2_000_000_000 },
  quality: 0.8,
  latencyPrior: { firstTokenMs: 500, outputTokensPerSecond: 80 },
  tags: [],
  traits: { capabilities: ['text'], contextTokens: 128_000, samplingParameters: ['temperature'] },
  version: '1',
};

export const local: Deployment = {
  ...remote,
  name: 'smollm2-here',
  model: 'smollm2-135m',
  kind: 'onnx',
  local: true,
  prices: { inputNanoUsdPerMillionTokens: 0, outputNanoUsdPerMillionTokens: 0 },
};

/** A model that works on one of two calls. */
export const localModel: LocalModelReading = {
  deployment: local,
  state: 'ready',
  status: {
    version: '1',
    source: 'test',
    reservedBytes: 4e8,
    batched: true,
    processes: [{ pid: 7, residentBytes: 3e8, cacheBytes: 1e7, slots: 1, busySlots: 1, queued: 1 }],
    reloadProblem: undefined,
    counts: {
      loads: 2,
      lastLoadMs: 900,
      crashes: 1,
      swaps: 0,
      unloads: { operator: 0, memory: 1, unused: 0 },
    },
    work: {
      inputTokens: 40,
      cachedInputTokens: 64,
      outputTokens: 9,
      reads: 1,
      readMs: 30,
      steps: 8,
      stepMs: 80,
    },
    crashLoop: false,
  },
};

export function request(overrides: Partial<GenerationRequest> = {}): GenerationRequest {
  return {
    model: 'auto',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Say hello.' }] }],
    sampling: { temperature: 0.5, maxOutputTokens: 64 },
    constraints: {},
    policy: 'balanced',
    cache: { mode: 'read-write', ttlSeconds: 60 },
    timeoutMs: 30_000,
    deadlines: {},
    priority: 'interactive',
    resumable: false,
    labels: [],
    ...overrides,
  };
}

export const answer: Answer = {
  text: 'Hello.',
  reasoning: undefined,
  toolCalls: [],
  logProbabilities: undefined,
  finishReason: { unified: 'stop', raw: 'stop' },
  usage: { inputTokens: 12, outputTokens: 3, cachedInputTokens: 4, reasoningTokens: undefined },
};

export function attempt(overrides: Partial<Attempt> = {}): Attempt {
  return {
    deployment: remote,
    outcome: 'succeeded',
    durationMs: 800,
    firstTokenMs: 200,
    queuedMs: undefined,
    problem: undefined,
    ...overrides,
  };
}

export const failedAttempt = attempt({
  deployment: local,
  outcome: 'failed',
  durationMs: 50,
  firstTokenMs: undefined,
  queuedMs: 20,
  problem: { code: 'QUEUE_FULL', message: 'The queue of smollm2-here is full.' },
});

export const plan: Plan = {
  policy: 'balanced',
  candidates: [
    {
      deployment: remote,
      rank: 1,
      score: 0.9,
      terms: [],
      cost: { minNanoUsd: 0, expectedNanoUsd: 0, maxNanoUsd: 0 },
      latency: { firstTokenMs: 500, totalMs: 1000 },
      quality: 0.8,
    },
  ],
  rejected: [{ deployment: local, code: 'BREAKER_OPEN', reason: 'Its breaker is open.' }],
  panic: false,
  maxAttempts: 4,
};

export function completed(overrides: Partial<Generation> = {}, asked = request()): Outcome {
  const generation: Generation = {
    id: 'generation-1',
    answer,
    deployment: remote,
    plan,
    attempts: [attempt()],
    cost: { nanoUsd: 9_000_000, estimated: false },
    timings: { queuedMs: undefined, firstTokenMs: 203, totalMs: 804 },
    cache: { hit: false, ageSeconds: undefined },
    ...overrides,
  };
  const { id, attempts, timings, cache } = generation;
  return {
    id,
    request: asked,
    principal: { tenant: 'anonymous' },
    plan,
    attempts,
    timings,
    cache,
    result: { type: 'completed', generation },
  };
}

export function failed(problem: Problem, attempts: readonly Attempt[] = [failedAttempt]): Outcome {
  const outcome = completed({ attempts });
  return { ...outcome, result: { type: 'failed', problem, partialText: '' } };
}

export const noHeaders = { get: () => undefined };
