import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { firstByte } from '../onnx/acquire/fake-hub.ts';
import { graphql } from '../support/graphql-client.ts';
import { createPullScene, tinyGguf, type PullEvent, type PullScene } from './pull-scene.ts';

/** A model of two megabytes: its first megabyte is told of before the file is whole. */
const padded = async (): Promise<Readonly<Record<string, Buffer>>> => ({
  'tiny.Q4_1.gguf': Buffer.concat([await tinyGguf(), Buffer.alloc(2_000_000)]),
});

const starts = ({ hub }: PullScene): number[] =>
  hub.requests.filter(({ at }) => at === 'storage').map(firstByte);

/** What lies in the models folder but unfinished work. */
const installed = async ({ modelsDirectory }: PullScene): Promise<readonly string[]> =>
  (await readdir(modelsDirectory).catch(() => [])).filter((name) => !name.startsWith('.'));

/** Follows until a download is under way. */
async function downloading(events: AsyncGenerator<PullEvent>): Promise<PullEvent> {
  for await (const event of events) if ((event.bytesDone ?? 0) > 0) return event;
  return expect.fail('nothing was downloaded');
}

test('a connection that is cut within a file is opened again for the rest', async () => {
  const scene = await createPullScene({ files: await padded() });
  scene.hub.faults.push({ type: 'cut', afterBytes: 1_500_000 });
  const events = await Array.fromAsync(scene.follow(await scene.begin('hf:team/tiny')));
  expect(events.at(-1)?.step).toBe('READY');
  expect(starts(scene)).toEqual([0, expect.toSatisfy((start) => start > 0)]);
});

test('one that is cut again and again is a problem, and the next pull goes on where it stopped', async () => {
  const scene = await createPullScene({ files: await padded() });
  scene.hub.faults.push({ type: 'cut', afterBytes: 1_500_000 }, { type: 'cut', afterBytes: 100_000 });
  const events = await Array.fromAsync(scene.follow(await scene.begin('hf:team/tiny')));
  expect(events.at(-1)).toMatchObject({
    step: 'FAILED',
    problem: { code: 'MODEL_PULL_FAILED', message: expect.stringContaining('the connection was cut') },
  });
  expect(await installed(scene)).toEqual([]);
  const again = await Array.fromAsync(scene.follow(await scene.begin('hf:team/tiny')));
  expect(again.at(-1)?.step).toBe('READY');
  expect(starts(scene).at(-1)).toBeGreaterThan(0);
});

test('a pull under way is joined, and once cancelled leaves no model behind', async () => {
  const scene = await createPullScene({ files: await padded() });
  scene.hub.faults.push({ type: 'stall', afterBytes: 1_500_000 });
  const id = await scene.begin('hf:team/tiny');
  const following = scene.follow(id);
  await downloading(following);
  expect(await scene.begin('hf:team/tiny')).toBe(id);
  expect(await scene.pull('hf:team/tiny@main')).toMatchObject({ code: 'MODEL_PULL_FAILED' });
  const query = 'mutation ($id: ID!) { cancelModelPull(id: $id) { __typename } }';
  await graphql(scene.url, { query, variables: { id } });
  const end = (await Array.fromAsync(scene.follow(id))).at(-1);
  expect(end).toMatchObject({ step: 'FAILED', problem: { code: 'CANCELLED' } });
  expect(await installed(scene)).toEqual([]);
  expect(starts(scene)).toEqual([0]);
});

test('a gateway that stops gives up what is under way, and says so', async () => {
  const scene = await createPullScene({ files: await padded() });
  scene.hub.faults.push({ type: 'stall', afterBytes: 1_500_000 });
  const id = await scene.begin('hf:team/tiny');
  await downloading(scene.follow(id));
  const events = Array.fromAsync(scene.follow(id));
  scene.shutdown.abort();
  await scene.modelPulls.close();
  expect((await events).at(-1)).toMatchObject({ problem: { code: 'SERVER_SHUTDOWN' } });
  expect(await installed(scene)).toEqual([]);
});

test('a hub that cannot be reached is a problem with what helps', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  const scene = await createPullScene({ endpoint: `http://127.0.0.1:${port}` });
  const events = await Array.fromAsync(scene.follow(await scene.begin('hf:team/tiny')));
  expect(events.at(-1)?.problem).toEqual({
    __typename: 'ModelPullFailed',
    code: 'MODEL_PULL_FAILED',
    message:
      'hf:team/tiny could not be had: the host refuses connections (ECONNREFUSED). Set HF_ENDPOINT to a mirror of the hub that this machine reaches.',
  });
});
