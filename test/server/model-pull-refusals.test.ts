import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { revision, sha256 } from '../onnx/acquire/fake-hub.ts';
import { filesBelow, temporaryFolder } from '../onnx/acquire/scene.ts';
import { graphql } from '../support/graphql-client.ts';
import { createPullScene, tinyGguf, type PullScene } from './pull-scene.ts';

async function problemOf(scene: PullScene, source: string, name?: string): Promise<string> {
  const events = await Array.fromAsync(scene.follow(await scene.begin(source, name)));
  return events.at(-1)?.problem?.message ?? 'none';
}

const listing = (...siblings: readonly object[]): object => ({ sha: revision, siblings });
const weights = { size: 10, lfs: { sha256: sha256(Buffer.from('')) } };

describe('a source or a name that cannot be meant is refused before anything is asked for', () => {
  test.for([
    ['hf:../../etc/passwd', undefined, 'source'],
    ['hf:team/tiny/../../other', undefined, 'source'],
    ['hf:team\\tiny', undefined, 'source'],
    ['hf:team/tiny@../main', undefined, 'source'],
    ['hf:team/tiny@a\u0000b', undefined, 'source'],
    ['hf:team/%2e%2e', undefined, 'source'],
    [`hf:team/${'a'.repeat(300)}`, undefined, 'source'],
    ['https://elsewhere.test/model', undefined, 'source'],
    ['smollm2-135', undefined, 'source'],
    ['hf:team/tiny', '../tiny', 'name'],
    ['hf:team/tiny', '.acquire', 'name'],
    ['hf:team/tiny', 'Tiny', 'name'],
    ['smollm2-135m', 'other', 'name'],
  ] as const)('%j as %j', async ([source, name, field]) => {
    const scene = await createPullScene({ files: {} });
    expect(await scene.pull(source, name)).toMatchObject({
      __typename: 'ValidationProblem',
      issues: [{ path: `input.${field}` }],
    });
    expect(scene.hub.requests).toEqual([]);
  });
});

describe('what the hub does not give is told in words', () => {
  test.for([
    [
      401,
      'the hub does not show team/tiny at main (HTTP 401): check how it is written; for a private model set HF_TOKEN',
    ],
    [404, 'the hub has no team/tiny at main (HTTP 404): check how it is written'],
    [429, 'the hub has had too many requests from this address (HTTP 429): try again later, or set HF_TOKEN'],
    [503, 'the hub answers with HTTP 503: try again later'],
  ] as const)('HTTP %i', async ([status, words]) => {
    const scene = await createPullScene({ files: {} });
    scene.hub.status = status;
    expect(await problemOf(scene, 'hf:team/tiny')).toBe(`hf:team/tiny could not be had: ${words}.`);
  });
});

test.for([
  ['a repository of safetensors', listing({ rfilename: 'model.safetensors', ...weights }), 'GGUF or ONNX'],
  [
    'paths that lead out of the folder',
    listing({ rfilename: '../../tiny.Q4_1.gguf', ...weights }),
    'neither',
  ],
  [
    'an export without a tokenizer',
    listing({ rfilename: 'onnx/model.onnx', ...weights }),
    'lacks config.json',
  ],
  ['a file of unknown size', listing({ rfilename: 'a.Q4_1.gguf' }), 'does not say how large a.Q4_1.gguf is'],
  ['another commit', { sha: 'f'.repeat(40), siblings: [] }, 'answers for commit fff'],
  ['something else', { hello: 'world' }, 'is HF_ENDPOINT a hub'],
] as const)('%s is refused', async ([, answer, words]) => {
  const scene = await createPullScene({ files: {} });
  scene.hub.listing = answer;
  expect(await problemOf(scene, `hf:team/tiny@${revision}`)).toContain(words);
});

test('a file that is not what the hub promised is removed', async () => {
  const scene = await createPullScene();
  const { length } = await tinyGguf();
  scene.hub.faults.push({ type: 'other-content', content: Buffer.alloc(length, 'x') });
  expect(await problemOf(scene, 'hf:team/tiny')).toContain('tiny.Q4_1.gguf is not the promised file');
  expect(await filesBelow(scene.modelsDirectory)).toEqual([]);
});

test('a folder that is a link to another is not used', async () => {
  const scene = await createPullScene();
  await mkdir(scene.modelsDirectory);
  await symlink(await temporaryFolder(), join(scene.modelsDirectory, 'tiny'));
  expect(await problemOf(scene, 'hf:team/tiny')).toContain('symbolic link');
});

test('a model that could never be loaded here is refused with the figures', async () => {
  const scene = await createPullScene({ maxBytes: 1000 });
  expect(await problemOf(scene, 'hf:team/tiny')).toMatch(
    /its files have \d+ bytes, and local models may take 1000 bytes of memory.*SWITCHYARD_LOCAL_MEMORY_BYTES/,
  );
  expect(await readdir(scene.modelsDirectory).catch(() => [])).toEqual([]);
});

test('a name that another model has keeps it', async () => {
  const scene = await createPullScene();
  await Array.fromAsync(scene.follow(await scene.begin('hf:team/tiny')));
  scene.hub.commit = 'e'.repeat(40);
  expect(await problemOf(scene, 'hf:team/tiny@main')).toContain(
    `A model called tiny is there already, from hf:team/tiny@${revision}. Give this one another name`,
  );
});

test('an id that is not known is one event with the problem', async () => {
  const scene = await createPullScene({ files: {} });
  const problem = {
    __typename: 'ModelPullNotFound',
    code: 'MODEL_PULL_NOT_FOUND',
    message: expect.stringContaining('No pull has the id "nobody"'),
  };
  expect(await Array.fromAsync(scene.follow('nobody'))).toMatchObject([{ step: 'FAILED', problem }]);
  const query = 'mutation { cancelModelPull(id: "nobody") { __typename ... on Problem { code message } } }';
  expect(await graphql(scene.url, { query })).toEqual({ data: { cancelModelPull: problem } });
});
