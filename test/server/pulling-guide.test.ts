import { readFileSync } from 'node:fs';
import { parse, print, validate } from 'graphql';
import { expect, onTestFinished, test } from 'vitest';
import { schema } from '../../schema/index.ts';
import { driverOptionsSchemas } from '../../adapters/index.ts';
import { createOnnxAdapter, onnxOptionsSchema } from '../../adapters/onnx/index.ts';
import { readPullOrder } from '../../adapters/onnx/pull-order.ts';
import { parseCommandLine } from '../../src/platform/config/command-line.ts';
import { readCatalogFile } from '../../src/registry/catalog-file.ts';
import { conformanceContext } from '../conformance/fixture.ts';
import { deployment } from '../support/deployments.ts';
import { fieldOf, graphql, subscribe } from '../support/graphql-client.ts';
import { openTinyModel } from '../onnx/tiny-model.ts';
import { createTestApp, post } from '../support/test-app.ts';
import { createPullScene } from './pull-scene.ts';

const page = (name: string): string =>
  readFileSync(new URL(`../../docs/local-models/${name}`, import.meta.url), 'utf8');
const guide = page('pulling.md');

function blocks(language: string): readonly string[] {
  return [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, text = '']) => text,
  );
}

const { deployments } = readCatalogFile(blocks('yaml')[0] ?? '', {
  file: 'switchyard.yaml',
  env: {},
  drivers: driverOptionsSchemas,
});

test('the guide’s operations pull a model, tell of it, and bring it up in the guide’s deployment', async () => {
  const [declared] = deployments;
  const scene = await createPullScene({
    models: (modelsDirectory) => {
      const adapter = createOnnxAdapter(
        onnxOptionsSchema.parse(declared?.adapter.options),
        conformanceContext({ deployment: 'chat', modelsDirectory }),
      );
      onTestFinished(() => adapter.close());
      return [[deployment({ name: declared?.deployment.name ?? '' }), adapter]];
    },
  });
  const [pull = '', follow = '', load = ''] = blocks('graphql');
  // The repository of this machine's hub.
  const query = pull.replace(/hf:[\w/-]+/, 'hf:team/tiny');
  const { id, model } = fieldOf(await graphql(scene.url, { query }), 'pullModel');
  expect(model).toBe('smollm2-q8');
  const events = await Array.fromAsync(subscribe(scene.url, { query: follow, variables: { id } }));
  expect(events.at(-1)).toMatchObject({ data: { modelPull: { step: 'READY', problem: null } } });
  expect(await graphql(scene.url, { query: load })).toEqual({ data: { loadModel: { state: 'LOADING' } } });
});

test.for(['README.md', 'pulling.md', 'structured-output.md'])(
  'the operations of %s fit the schema',
  (name) => {
    const operations = [...page(name).matchAll(/^```graphql\n([\s\S]*?)^```/gm)];
    expect(operations.length).toBeGreaterThan(0);
    for (const [, text = ''] of operations) expect(validate(schema, parse(text))).toEqual([]);
  },
);

test('the overview’s query tells of a model that runs', async () => {
  await using tiny = await (await openTinyModel()).ready();
  const { app } = createTestApp([[deployment({ name: 'tiny' }), tiny.adapter]]);
  const query = /^## Operating\n+```graphql\n([\s\S]*?)^```/m.exec(page('README.md'))?.[1] ?? '';
  expect(await (await app.fetch(post({ query }))).json()).toMatchObject({
    data: { deployments: [{ name: 'tiny', state: 'READY', local: { processes: [{ busySlots: 0 }] } }] },
  });
});

test('the guide shows the subscription that clients are written against', () => {
  const operations = readFileSync(new URL('../fixtures/operations.graphql', import.meta.url), 'utf8');
  const selection = /\{\s+modelPull[\s\S]*/.exec(print(parse(blocks('graphql')[1] ?? '')))?.[0] ?? '?';
  expect(print(parse(operations))).toContain(selection);
});

test.for(['README.md', 'pulling.md'])('the commands of %s can be meant', (name) => {
  const pulls = [...page(name).matchAll(/^ {4}npx switchyard (models pull [^#\n]+?) *(?:#.*)?$/gm)];
  expect(pulls.length).toBeGreaterThan(0);
  for (const [, words = ''] of pulls) {
    const command = parseCommandLine(words.split(' '));
    if (command.type !== 'models') expect.fail(words);
    expect(readPullOrder(command.model ?? '', command.name)).not.toHaveProperty('objection');
  }
});
