import { describe, expect, test } from 'vitest';
import type { Policy } from '../../src/domain/policy.ts';
import { plan } from '../../src/routing/router.ts';
import type { Availability, DeploymentSignal } from '../../src/routing/signals.ts';
import type { Wish } from '../../src/routing/wish.ts';
import { deployment, signal } from '../support/deployments.ts';

const policy: Policy = { name: 'test', weights: { cost: 0, latency: 0, quality: 1 }, constraints: {} };

const wish: Wish = {
  constraints: {},
  capabilities: ['embeddings'],
  parameters: [],
  inputTokens: { min: 1, expected: 1, max: 1 },
  outputTokens: { min: 0, expected: 0, max: 0 },
  contextTokens: 1,
};

function open(name: string, retryAtMs: number | undefined, quality = 0.5): DeploymentSignal {
  return able(name, { type: 'breaker-open', retryAtMs }, quality);
}

function able(
  name: string,
  availability: Availability = { type: 'open-for-calls' },
  quality = 0.5,
): DeploymentSignal {
  const traits = { capabilities: ['embeddings'], contextTokens: 8192, samplingParameters: [] } as const;
  return signal(deployment({ name, quality, traits }), { availability });
}

function planFor(...deployments: readonly DeploymentSignal[]) {
  const made = plan(wish, { nowMs: 1000, deployments }, policy);
  return {
    panic: made.panic,
    candidates: made.candidates.map(({ rank, deployment: { name } }) => `${rank} ${name}`),
    rejected: made.rejected.map(({ code, deployment: { name } }) => `${name} ${code}`),
  };
}

describe('where every deployment that could serve is open', () => {
  test('the one that may be probed the soonest goes first, whatever the scores', () => {
    const made = planFor(open('best', 9000, 1), open('soon', 2000, 0.1), open('later', 5000, 0.5));
    expect(made).toEqual({ panic: true, candidates: ['1 soon', '2 later', '3 best'], rejected: [] });
  });

  test('those due at the same time are ordered by name, whatever the order of the catalogue', () => {
    expect(planFor(open('b', 2000), open('a', 2000)).candidates).toEqual(['1 a', '2 b']);
  });

  test('those that cool down, are held or do not fit stay rejected', () => {
    const made = planFor(
      able('limited', { type: 'cooling-down', untilMs: 2000 }),
      able('held', { type: 'held-open', untilMs: undefined }),
      signal(deployment({ name: 'text-only' }), { availability: { type: 'breaker-open', retryAtMs: 2000 } }),
      open('open', 3000),
    );
    expect(made).toEqual({
      panic: true,
      candidates: ['1 open'],
      rejected: ['limited COOLING_DOWN', 'held BREAKER_OPEN', 'text-only CAPABILITY_MISSING'],
    });
  });
});

describe('there is no panic', () => {
  test('while one deployment can be called', () => {
    expect(planFor(open('open', 2000, 1), able('poor', undefined, 0.1))).toEqual({
      panic: false,
      candidates: ['1 poor'],
      rejected: ['open BREAKER_OPEN'],
    });
  });

  test('where operators hold everything open', () => {
    expect(planFor(able('held', { type: 'held-open', untilMs: 2000 }))).toEqual({
      panic: false,
      candidates: [],
      rejected: ['held BREAKER_OPEN'],
    });
  });

  test('where all cool down', () => {
    expect(planFor(able('limited', { type: 'cooling-down', untilMs: 2000 }))).toMatchObject({
      panic: false,
      candidates: [],
    });
  });
});
