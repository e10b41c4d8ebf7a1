import { expect, test } from 'vitest';
import { builtinCatalog } from '../../src/registry/builtin-catalog.ts';
import { createCatalog } from '../../src/registry/catalog.ts';
import { driverOptionsSchemas } from '../../adapters/index.ts';

function builtin(apiKey?: string, baseUrl?: string) {
  return createCatalog(builtinCatalog({ drivers: driverOptionsSchemas, openai: { apiKey, baseUrl } }));
}

test('without an account there is one local model that costs nothing', () => {
  expect(builtin().deployments.map(({ deployment }) => deployment)).toMatchObject([
    {
      name: 'smollm2-135m',
      kind: 'onnx',
      local: true,
      prices: { inputNanoUsdPerMillionTokens: 0, outputNanoUsdPerMillionTokens: 0 },
    },
  ]);
});

test.each([
  ['a key', 'sk-x', undefined],
  ['a base URL', undefined, 'http://127.0.0.1:8080/v1'],
])('%s adds the OpenAI models', (_, apiKey, baseUrl) => {
  const names = builtin(apiKey, baseUrl)
    .models()
    .map(({ name }) => name);
  expect(names).toEqual([
    'smollm2-135m',
    'gpt-6-luna',
    'gpt-6.1-terra',
    'gpt-6.2-sol',
    'text-embedding-3-small',
  ]);
});

test('the account reaches the options and no deployment', () => {
  const { deployments } = builtin('sk-canary', 'http://127.0.0.1:8080/v1');
  for (const { adapter, deployment } of deployments.filter((entry) => entry.adapter.kind === 'openai')) {
    expect(adapter.options).toMatchObject({
      model: deployment.name,
      apiKey: 'sk-canary',
      baseUrl: 'http://127.0.0.1:8080/v1',
    });
    expect(JSON.stringify(deployment)).not.toContain('canary');
  }
});

test('remote models cost something, never more for cached input, and are not local', () => {
  for (const { deployment } of builtin('sk-x').deployments.slice(1)) {
    const { inputNanoUsdPerMillionTokens: input, cachedInputNanoUsdPerMillionTokens: cached = input } =
      deployment.prices;
    expect(input).toBeGreaterThan(0);
    expect(cached).toBeLessThanOrEqual(input);
    expect(deployment.local).toBe(false);
  }
});

test('chat models obey no sampling but the length, and are told so in their options', () => {
  for (const { deployment, adapter } of builtin('sk-x').deployments.slice(1, 4)) {
    expect(deployment.traits.samplingParameters).toEqual(['maxOutputTokens']);
    expect(adapter.options).toMatchObject({
      samplingParameters: ['maxOutputTokens'],
      contextTokens: 272_000,
    });
  }
});

test('a larger quality has its price', () => {
  const chat = builtin('sk-x')
    .deployments.slice(0, 4)
    .map(({ deployment }) => deployment);
  const byQuality = chat.toSorted((a, b) => a.quality - b.quality);
  const byPrice = chat.toSorted(
    (a, b) => a.prices.outputNanoUsdPerMillionTokens - b.prices.outputNanoUsdPerMillionTokens,
  );
  expect(byQuality).toEqual(byPrice);
});

test('the hub of this run reaches the local model', () => {
  const hub = { hubEndpoint: 'https://hub.example.com', hubToken: 'hf_x' };
  const { deployments } = builtinCatalog({
    drivers: driverOptionsSchemas,
    driverDefaults: { onnx: hub },
    openai: { apiKey: undefined, baseUrl: undefined },
  });
  expect(deployments[0]?.adapter.options).toMatchObject(hub);
});

test('a new key is no new digest, another server is', () => {
  const { digest } = builtin('sk-one');
  expect(builtin('sk-two').digest).toBe(digest);
  expect(builtin('sk-one', 'https://proxy.example.com/v1').digest).not.toBe(digest);
});
