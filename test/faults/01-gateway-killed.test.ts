import { expect, test } from 'vitest';
import { pausesAfter } from './support/behaviours.ts';
import { openWebSocket, overSse, overWebSocket, stream, type Streamed } from './support/clients.ts';
import { report, percentile } from './support/figures.ts';
import { startRig } from './support/rig.ts';

const streamsOverSse = 80;
const streamsOverWebSocket = 20;
const all = streamsOverSse + streamsOverWebSocket;

test('1: every client of a gateway killed in mid-stream sees a cut, and the next gateway on its data serves', async () => {
  await using rig = await startRig({ providers: ['primary'], timeouts: { idleMs: 60_000 } });
  const { primary } = rig.providers;
  primary.behave(pausesAfter(['one', ' two', ' three'], new Promise(() => undefined)));
  const { url } = rig.gateway();
  const client = openWebSocket(url);

  const underWay = Promise.withResolvers<void>();
  let begun = 0;
  let killedMs = 0;
  const onText = (delivered: string): void => {
    if (delivered === 'one two three' && (begun += 1) === all) underWay.resolve();
  };
  const cut = async (streamed: Promise<Streamed>) => ({
    ...(await streamed),
    noticedMs: performance.now() - killedMs,
  });
  const streams = [
    ...Array.from({ length: streamsOverSse }, async () => await cut(stream(overSse(url), onText))),
    ...Array.from(
      { length: streamsOverWebSocket },
      async () => await cut(stream(overWebSocket(client), onText)),
    ),
  ];
  await underWay.promise;
  killedMs = performance.now();
  await rig.gateway().stop('SIGKILL');
  const samples = await Promise.all(streams);
  await primary.until(({ aborted }) => aborted() === all);
  const upstreamMs = performance.now() - killedMs;

  const restartedMs = performance.now();
  await rig.restart();
  primary.behave(pausesAfter(['back'], Promise.resolve()));
  const next = await rig.ask();
  const files = await rig.quiet();

  report('1 kill -9 with 100 streams', {
    'streams cut, seen as such': samples.filter(({ result }) => result === 'broken').length,
    'ms until clients noticed p50 / p99': [0.5, 0.99]
      .map((share) =>
        percentile(
          samples.map(({ noticedMs }) => noticedMs),
          share,
        ).toFixed(1),
      )
      .join(' / '),
    'ms until the provider was rid of all calls': upstreamMs,
    'ms from start to first answer': performance.now() - restartedMs,
    'sockets left at the provider': files.sockets,
  });
  expect(samples.map(({ result, delivered }) => ({ result, delivered }))).toEqual(
    samples.map(() => ({ result: 'broken', delivered: 'one two three' })),
  );
  expect(next).toMatchObject({ result: 'answer', text: 'back the end' });
  expect(primary.calls()).toBe(all + 1);
});
