import { expect, test } from 'vitest';
import type { Policy } from '../../src/domain/policy.ts';
import { plan } from '../../src/routing/router.ts';
import { readingWish } from '../../src/routing/wish.ts';
import { deployment, signal } from '../support/deployments.ts';

const policy: Policy = { name: 'test', weights: { cost: 0, latency: 0, quality: 1 }, constraints: {} };
const traits = { capabilities: ['embeddings'], contextTokens: 256, samplingParameters: [] } as const;

test('many texts, and long ones, go to a model whose context holds less than all of them', () => {
  const texts = ['a '.repeat(10_000), ...Array.from({ length: 2000 }, () => 'the sea and the harbour')];
  const wish = readingWish({
    model: 'auto',
    reading: { task: 'embed', texts },
    constraints: {},
    policy: 'test',
    timeoutMs: 60_000,
    deadlines: {},
    priority: 'interactive',
  });
  const deployments = [signal(deployment({ name: 'encoder', traits }))];
  const { candidates } = plan(wish, { nowMs: 0, deployments }, policy);
  expect(candidates.map(({ deployment: { name } }) => name)).toEqual(['encoder']);
});
