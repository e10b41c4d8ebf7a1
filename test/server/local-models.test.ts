import { expect, test } from 'vitest';
import { deployment, remoteDeployment } from '../support/deployments.ts';
import { subscribe } from '../support/graphql-client.ts';
import { saying } from '../support/model-adapter.ts';
import { createTestApp, listening, post, type TestApp } from '../support/test-app.ts';
import { openTinyModel } from '../onnx/tiny-model.ts';

async function ask({ app }: TestApp, query: string): Promise<unknown> {
  return await (await app.fetch(post({ query }))).json();
}

const change = (mutation: string, name: string): string =>
  `mutation { ${mutation}(deployment: "${name}") { __typename ... on Deployment { state local { processes { pid slots } } }
    ... on UnknownDeployment { nearest } ... on ValidationProblem { issues { path message } } } }`;

test('an operator takes a model down and brings it back, and calls go by it meanwhile', async () => {
  await using tiny = await (await openTinyModel()).ready();
  const app = createTestApp([[deployment({ name: 'tiny' }), tiny.adapter]]);
  const { pid } = tiny.adapter.inspect();
  expect(
    await ask(
      app,
      `{ deployments { state local { version source crashLoop processes { pid slots queued } memory { reservedBytes }
         counts { loads crashes swaps unloads evictions } work { outputTokens cachedInputTokens } } } }`,
    ),
  ).toMatchObject({
    data: {
      deployments: [
        {
          state: 'READY',
          local: {
            source: 'gguf:tiny.gguf',
            crashLoop: false,
            processes: [{ pid, slots: 8, queued: 0 }],
            counts: { loads: 1, crashes: 0, swaps: 0, unloads: 0, evictions: 0 },
            work: { cachedInputTokens: 0 },
          },
        },
      ],
    },
  });
  expect(await ask(app, change('unloadModel', 'tiny'))).toMatchObject({
    data: { unloadModel: { state: 'UNLOADED', local: { processes: [] } } },
  });
  const generate =
    '{ generate(input: { prompt: "Hi" }) { ... on NoDeploymentAvailable { rejected { code reason } } } }';
  expect(await ask(app, generate)).toEqual({
    data: {
      generate: {
        rejected: [{ code: 'NOT_READY', reason: 'was unloaded by an operator (loadModel brings it back)' }],
      },
    },
  });
  expect(await ask(app, change('loadModel', 'tiny'))).toMatchObject({
    data: { loadModel: { state: 'LOADING' } },
  });
  await tiny.reached('ready');
  expect(await ask(app, change('reloadModel', 'tiny'))).toMatchObject({
    data: { reloadModel: { state: 'READY' } },
  });
});

test('how far a model is comes as it happens', async () => {
  await using tiny = await openTinyModel();
  const { app } = createTestApp([[deployment({ name: 'tiny' }), tiny.adapter]]);
  const query = 'subscription { loadChanged { deployment { name } load { step } } }';
  const steps: string[] = [];
  for await (const event of subscribe(await listening(app), { query })) {
    const text = JSON.stringify(event);
    const step = /"step":"([A-Z]+)"/.exec(text)?.[1] ?? text;
    if (steps.at(-1) !== step) steps.push(step);
    if (step === 'IDLE') tiny.adapter.loading?.start();
    if (step === 'READY') break;
  }
  expect(steps).toEqual(['IDLE', 'LOADING', 'READY']);
});

test('a deployment of a provider, or none, is named', async () => {
  const app = createTestApp([[remoteDeployment(), saying('x')]]);
  expect(await ask(app, change('unloadModel', 'large'))).toMatchObject({
    data: { unloadModel: { issues: [{ path: 'deployment', message: expect.stringContaining('provider') }] } },
  });
  expect(await ask(app, change('loadModel', 'larg'))).toMatchObject({
    data: { loadModel: { nearest: ['large'] } },
  });
});
