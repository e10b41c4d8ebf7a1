import { expect, test } from 'vitest';
import { defaultBreakerSettings } from '../../src/domain/breaker-settings.ts';
import { defaultLimiterSettings } from '../../src/domain/limiter-settings.ts';
import { defaultTactics } from '../../src/domain/tactics.ts';
import { readCatalogFile } from '../../src/registry/catalog-file.ts';
import { drivers } from './drivers.ts';

function read(text: string) {
  return readCatalogFile(text, { file: 'switchyard.yaml', env: {}, drivers });
}

test('a deployment of three lines has a default for everything else', () => {
  const { deployments } = read('deployments: [{ name: tiny, kind: local, local: true }]');
  expect(deployments).toEqual([
    {
      deployment: {
        name: 'tiny',
        model: 'tiny',
        kind: 'local',
        local: true,
        prices: { inputNanoUsdPerMillionTokens: 0, outputNanoUsdPerMillionTokens: 0 },
        quality: 0.5,
        latencyPrior: { firstTokenMs: 1000, outputTokensPerSecond: 50 },
        tags: [],
        traits: {
          capabilities: ['text'],
          contextTokens: undefined,
          samplingParameters: [
            'temperature',
            'topP',
            'topK',
            'minP',
            'seed',
            'stop',
            'maxOutputTokens',
            'repetitionPenalty',
            'presencePenalty',
            'frequencyPenalty',
            'logitBias',
          ],
        },
        breaker: defaultBreakerSettings,
        admission: defaultLimiterSettings,
        version: expect.stringMatching(/^[0-9a-f]{16}$/),
      },
      adapter: { kind: 'local', options: {} },
    },
  ]);
});

test('all that is declared arrives', () => {
  const { deployments, aliases, policies, defaultPolicy } = read(`
deployments:
  - name: big-eu
    model: big
    kind: remote
    options: { model: big-v1 }
    prices:
      inputUsdPerMillionTokens: '0.10'
      outputUsdPerMillionTokens: 2.5
      cachedInputUsdPerMillionTokens: 0.000000001
    quality: 0.9
    latency: { firstTokenMs: 350, outputTokensPerSecond: 80 }
    tags: [eu]
    capabilities: [text, tools]
    contextTokens: 128000
    samplingParameters: [maxOutputTokens]
    breaker: { openMs: 5000 }
    admission: { maxLimit: 16 }
    version: '2026-11'
aliases: { chat: support, support: big }
policies:
  frugal:
    weights: { cost: 3, quality: 1 }
    constraints: { maxCostUsd: '0.01', localOnly: false }
    deadlines: { firstTokenMs: 2000 }
    attempts: { max: 3, retries: 0 }
    hedge: { afterP95: true }
  best: { weights: { quality: 2 } }
defaults: { policy: frugal }
`);
  expect(deployments[0]).toEqual({
    deployment: {
      name: 'big-eu',
      model: 'big',
      kind: 'remote',
      local: false,
      prices: {
        inputNanoUsdPerMillionTokens: 100_000_000,
        outputNanoUsdPerMillionTokens: 2_500_000_000,
        cachedInputNanoUsdPerMillionTokens: 1,
      },
      quality: 0.9,
      latencyPrior: { firstTokenMs: 350, outputTokensPerSecond: 80 },
      tags: ['eu'],
      traits: {
        capabilities: ['text', 'tools'],
        contextTokens: 128_000,
        samplingParameters: ['maxOutputTokens'],
      },
      breaker: { ...defaultBreakerSettings, openMs: 5000 },
      admission: { ...defaultLimiterSettings, maxLimit: 16 },
      version: '2026-11',
    },
    adapter: {
      kind: 'remote',
      options: {
        model: 'big-v1',
        baseUrl: 'https://api.example.com',
        capabilities: ['text', 'tools'],
        contextTokens: 128_000,
      },
    },
  });
  expect(Object.fromEntries(aliases)).toEqual({ chat: 'support', support: 'big' });
  expect(policies.map(({ name }) => name)).toEqual(['balanced', 'cheapest', 'fastest', 'frugal', 'best']);
  expect(policies.at(-2)).toEqual({
    name: 'frugal',
    weights: { cost: 3, latency: 0, quality: 1 },
    constraints: { maxCostNanoUsd: 10_000_000, localOnly: false },
    tactics: {
      deadlines: { firstTokenMs: 2000 },
      maxAttempts: 3,
      retries: 0,
      hedge: { after: 'p95', maxShare: 0.02 },
    },
  });
  expect(policies.at(-1)).toMatchObject({
    weights: { cost: 0, latency: 0, quality: 2 },
    tactics: defaultTactics,
  });
  expect(defaultPolicy).toBe('frugal');
});

test('what an option says itself stays as it is', () => {
  const { deployments } = read(`
deployments:
  - { name: a, kind: remote, local: true, options: { model: m, contextTokens: 5 }, contextTokens: 7 }
`);
  expect(deployments[0]).toMatchObject({
    deployment: { traits: { contextTokens: 7 } },
    adapter: { options: { contextTokens: 5 } },
  });
});

test('the version changes with the options and not with the key or the name', () => {
  const [first, renamed, changed] = read(`
deployments:
  - { name: a, kind: remote, local: true, options: { model: m, apiKey: one } }
  - { name: b, kind: remote, local: true, options: { apiKey: two, model: m } }
  - { name: c, kind: remote, local: true, options: { model: n, apiKey: one } }
`).deployments.map(({ deployment }) => deployment.version);
  expect(renamed).toBe(first);
  expect(changed).not.toBe(first);
});

test('anchors and aliases of YAML work', () => {
  const { deployments } = read(`
deployments:
  - { name: a, kind: remote, options: { model: m }, prices: &prices { inputUsdPerMillionTokens: 1, outputUsdPerMillionTokens: 2 } }
  - { name: b, kind: remote, options: { model: m }, prices: *prices }
`);
  expect(deployments[1]?.deployment.prices.outputNanoUsdPerMillionTokens).toBe(2_000_000_000);
});
