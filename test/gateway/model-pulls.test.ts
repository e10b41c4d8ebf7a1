import { expect, test } from 'vitest';
import { PullFailure, type PullProgress, type PullWork } from '../../src/gateway/model-pull.ts';
import { createModelPulls } from '../../src/gateway/model-pulls.ts';

interface Fetch extends PullWork {
  readonly end: PromiseWithResolvers<void>;
}

/** Pulls whose fetches the test ends. */
function create() {
  const fetches: Fetch[] = [];
  const bugs: unknown[] = [];
  const stopping = new AbortController();
  let ids = 0;
  const pulls = createModelPulls({
    store: {
      find: ({ source }) => ({
        name: source,
        source,
        fetch(work) {
          const end = Promise.withResolvers<void>();
          fetches.push({ ...work, end });
          return end.promise;
        },
      }),
    },
    newId: () => String((ids += 1)),
    stopping: stopping.signal,
    onBug: (error) => bugs.push(error),
  });
  const never = new AbortController().signal;
  return {
    pulls,
    fetches,
    bugs,
    pull: (source: string) => pulls.pull({ source, name: undefined }),
    told: (id: string): Promise<PullProgress[]> => Array.fromAsync(pulls.watch(id, never)),
  };
}

test('at most four run at once; the fifth may begin when one has ended', async () => {
  const { pull, pulls, fetches, told } = create();
  for (const name of ['a', 'b', 'c', 'd']) pull(name);
  expect(pull('e')).toMatchObject({
    code: 'MODEL_PULL_FAILED',
    message: expect.stringContaining('4 models'),
  });
  fetches[0]?.end.resolve();
  await told('1');
  expect(pull('e')).toMatchObject({ id: '5' });
  for (const { end } of fetches) end.resolve();
  await pulls.close();
});

test('of those that have ended a hundred can be asked for', async () => {
  const { pull, pulls, fetches, told } = create();
  for (let index = 0; index < 102; index += 1) {
    pull(`model-${index}`);
    fetches.at(-1)?.end.resolve();
    await pulls.close();
  }
  expect(await told('1')).toMatchObject([{ step: 'failed', problem: { code: 'MODEL_PULL_NOT_FOUND' } }]);
  expect(await told('102')).toEqual([{ step: 'ready' }]);
});

test('each reader gets what is and what comes, and the end', async () => {
  const { pull, fetches, told } = create();
  pull('a');
  const early = told('1');
  const progress = { step: 'downloading', what: 'a.gguf', bytesDone: 1, bytesTotal: 2 } as const;
  fetches[0]?.onProgress(progress);
  const late = told('1');
  fetches[0]?.end.reject(new PullFailure('no such host'));
  const end = { step: 'failed', problem: { code: 'MODEL_PULL_FAILED', message: 'no such host' } };
  expect(await early).toEqual([{ step: 'resolving' }, progress, end]);
  expect(await late).toEqual([progress, end]);
});

test('a reader who leaves is let go, and the pull goes on', async () => {
  const { pulls, pull, fetches, told } = create();
  pull('a');
  const leaving = new AbortController();
  const left = Array.fromAsync(pulls.watch('1', leaving.signal));
  leaving.abort();
  expect(await left).toEqual([{ step: 'resolving' }]);
  fetches[0]?.end.resolve();
  expect((await told('1')).at(-1)).toEqual({ step: 'ready' });
});

test('a bug is told to the log, and to clients only that there was one', async () => {
  const { pull, fetches, bugs, told } = create();
  pull('a');
  const bug = new Error('password=pw123 at /srv/x.ts');
  fetches[0]?.end.reject(bug);
  expect((await told('1')).at(-1)).toMatchObject({
    problem: { message: "The model could not be pulled; the gateway's log says why." },
  });
  expect(bugs).toEqual([bug]);
});
