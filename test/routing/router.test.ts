import { describe, expect, test } from 'vitest';
import type { GenerationRequest } from '../../src/domain/request.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { plan } from '../../src/routing/router.ts';
import type { DeploymentSignal } from '../../src/routing/signals.ts';
import { generationWish } from '../../src/routing/wish.ts';
import { deployment, remoteDeployment, signal } from '../support/deployments.ts';

const request: GenerationRequest = {
  model: 'auto',
  messages: [{ role: 'user', content: [{ type: 'text', text: 'What is the capital of France?' }] }],
  sampling: { maxOutputTokens: 1024 },
  constraints: {},
  policy: 'balanced',
  cache: { mode: 'off', ttlSeconds: 1 },
  timeoutMs: 60_000,
  deadlines: {},
  priority: 'interactive',
  resumable: false,
  labels: [],
};

function policy(cost: number, latency: number, quality: number): Policy {
  return { name: 'test', weights: { cost, latency, quality }, constraints: {} };
}

function planFor(
  wanted: Partial<GenerationRequest>,
  signals: readonly DeploymentSignal[] = [signal(deployment()), signal(remoteDeployment())],
  by = policy(1, 1, 1),
) {
  return plan(generationWish({ ...request, ...wanted }), { nowMs: 0, deployments: signals }, by);
}

const names = (made: ReturnType<typeof planFor>) => made.candidates.map((each) => each.deployment.name);
const rejections = (made: ReturnType<typeof planFor>) =>
  made.rejected.map(({ deployment: { name }, code, reason }) => `${name} ${code}: ${reason}`);

describe('the weights of a policy decide the order', () => {
  test.for<[string, Policy, string]>([
    ['cost alone', policy(1, 0, 0), 'small'],
    ['latency alone', policy(0, 1, 0), 'large'],
    ['quality alone', policy(0, 0, 1), 'large'],
  ])('%s', ([, by, first]) => {
    expect(names(planFor({}, undefined, by))[0]).toBe(first);
  });

  test('a score is the sum of its terms, and ranks count from 1', () => {
    for (const [index, candidate] of planFor({}).candidates.entries()) {
      const sum = candidate.terms.reduce((total, term) => total + term.value, 0);
      expect(candidate.score).toBeCloseTo(sum, 12);
      expect(candidate.rank).toBe(index + 1);
    }
  });

  test('equal scores are ordered by name, whatever the order of the catalogue', () => {
    const twins = ['b', 'a', 'c'].map((name) => signal(deployment({ name })));
    expect(names(planFor({}, twins))).toEqual(['a', 'b', 'c']);
    expect(names(planFor({}, twins.toReversed()))).toEqual(['a', 'b', 'c']);
  });

  test('measured latency goes before the declared one', () => {
    const slow = signal(remoteDeployment(), {
      latency: { firstTokenMs: { p50: 9000, p95: 9900 }, outputTokensPerSecond: 10, samples: 20 },
    });
    const made = planFor({}, [signal(deployment()), slow], policy(0, 1, 0));
    expect(made.candidates.map(({ latency }) => latency)).toEqual([
      { firstTokenMs: 200, totalMs: 5320 },
      { firstTokenMs: 9000, totalMs: 34_600 },
    ]);
  });
});

describe('limits are hard', () => {
  test('maxCostUsd is held against the dearest possible answer', () => {
    const made = planFor({ constraints: { maxCostNanoUsd: 1_000_000 } });
    expect(names(made)).toEqual(['small']);
    expect(rejections(made)).toEqual([
      'large OVER_MAX_COST: may cost $0.0102875, the limit is $0.001; a smaller sampling.maxOutputTokens lowers it',
    ]);
  });

  test('the limit of the policy holds when the request asks for more', () => {
    const strict = { ...policy(1, 1, 1), constraints: { maxCostNanoUsd: 1 } };
    expect(names(planFor({ constraints: { maxCostNanoUsd: 1e9 } }, undefined, strict))).toEqual(['small']);
  });

  test.for<[string, Partial<GenerationRequest>, string]>([
    [
      'localOnly',
      { constraints: { localOnly: true } },
      'large NOT_LOCAL: runs outside this machine, and localOnly is set',
    ],
    ['a capability', { constraints: { capabilities: ['tools'] } }, 'small CAPABILITY_MISSING: lacks tools'],
    [
      'tools in the request',
      { tools: [{ name: 'add', parameters: {} }] },
      'small CAPABILITY_MISSING: lacks tools',
    ],
    [
      'a parameter that is not obeyed',
      { sampling: { topK: 40, repetitionPenalty: 1.1 } },
      'large PARAMETER_UNSUPPORTED: does not obey sampling.topK, sampling.repetitionPenalty',
    ],
    [
      'a first token that comes too late',
      { constraints: { maxFirstTokenMs: 300 } },
      'large OVER_MAX_FIRST_TOKEN: first token expected after 500 ms, the limit is 300 ms',
    ],
    [
      'an answer that takes too long',
      { constraints: { maxLatencyMs: 4000 } },
      'small OVER_MAX_LATENCY: answer expected after 5320 ms, the limit is 4000 ms',
    ],
    [
      'a prompt that certainly does not fit',
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'x'.repeat(100_000) }] }] },
      'small CONTEXT_TOO_SHORT: holds 8192 tokens, the prompt has at least 12500',
    ],
  ])('%s', ([, wanted, expected]) => {
    expect(rejections(planFor(wanted))).toEqual([expected]);
  });
});

describe('what cannot serve now is told with its reason', () => {
  test.for<[string, Partial<DeploymentSignal>, string]>([
    [
      'downloading',
      { load: { step: 'downloading', what: 'model.onnx', bytesDone: 42, bytesTotal: 100 } },
      'small NOT_READY: is downloading (model.onnx, 42 %)',
    ],
    [
      'loading, with unknown size',
      { load: { step: 'loading', what: 'model.onnx', bytesDone: undefined, bytesTotal: undefined } },
      'small NOT_READY: is loading (model.onnx)',
    ],
    [
      'failed',
      { load: { step: 'failed', problem: 'No source could be reached.', retryAtMs: undefined } },
      'small LOAD_FAILED: is down: No source could be reached',
    ],
    [
      'a breaker that an operator holds open',
      { availability: { type: 'held-open', untilMs: undefined } },
      'small BREAKER_OPEN: is held open by an operator',
    ],
    [
      'one that is held for a while',
      { availability: { type: 'held-open', untilMs: 14_001 } },
      'small BREAKER_OPEN: is held open by an operator; next try in 15 s',
    ],
    [
      'a pause the provider asked for',
      { availability: { type: 'cooling-down', untilMs: 2000 } },
      'small COOLING_DOWN: asked for a pause; next try in 2 s',
    ],
  ])('%s', ([, state, expected]) => {
    const made = planFor({}, [signal(deployment(), state)]);
    expect(made.candidates).toEqual([]);
    expect(rejections(made)).toEqual([expected]);
  });
});

test('a plan is the same for the same request, signals and policy', () => {
  expect(planFor({})).toEqual(planFor({}));
});
