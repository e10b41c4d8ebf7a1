import { expect, test } from 'vitest';
import { fieldOf, subscribe } from '../support/graphql-client.ts';
import { stallsAfter } from './support/behaviours.ts';
import { input, openWebSocket, overSse, overWebSocket, stream } from './support/clients.ts';
import { report, summary } from './support/figures.ts';
import { startRig } from './support/rig.ts';

const idleMs = 500;
const said = ['It', ' was', ' a', ' dark'];

test('13: an answer that stands still is ended in time, with what had come, and the breaker counts it', async () => {
  await using rig = await startRig({ providers: ['primary', 'backup'], timeouts: { idleMs } });
  const { primary, backup } = rig.providers;
  const { url } = rig.gateway();
  const before = await rig.quiet();
  primary.behave(stallsAfter(...said));
  const client = openWebSocket(url);
  const samples = await Promise.all([
    ...Array.from({ length: 4 }, async () => await stream(overSse(url))),
    ...Array.from({ length: 4 }, async () => await stream(overWebSocket(client))),
  ]);
  await client.dispose();
  await primary.until(({ aborted }) => aborted() === samples.length);
  const breaker = (await rig.breakers()).get('primary');
  const after = await rig.quiet();
  report('13 stalls after 4 tokens', {
    ...summary(samples),
    'sockets, files before': `${before.sockets}, ${before.files}`,
    'sockets, files after': `${after.sockets}, ${after.files}`,
  });
  for (const { delivered, partialText, code, ms } of samples) {
    expect({ delivered, partialText, code }).toEqual({
      delivered: said.join(''),
      partialText: said.join(''),
      code: 'UPSTREAM_FAILED',
    });
    expect(ms).toBeGreaterThan(idleMs - 50);
    expect(ms).toBeLessThan(idleMs + 500);
  }
  // Never spliced: what one model has begun, another one does not go on with.
  expect(backup.calls()).toBe(0);
  expect(breaker?.failureRate).toBe(1);
  expect(after).toEqual(before);
});

test('13: the failure tells the usage so far', async () => {
  await using rig = await startRig({ providers: ['primary'], timeouts: { idleMs } });
  rig.providers.primary.behave(stallsAfter(...said));
  const query = `subscription ($input: GenerateInput!) { generateStream(input: $input) {
    __typename ... on GenerationFailed { usage { outputTokens } } } }`;
  const events = await Array.fromAsync(subscribe(rig.gateway().url, { query, variables: { input } }));
  const last = events.at(-1) ?? expect.fail('there was no event');
  expect(fieldOf(last, 'generateStream')).toMatchObject({
    __typename: 'GenerationFailed',
    usage: { outputTokens: expect.any(Number) },
  });
});

test('13: a whole answer, of which nothing has reached the client, comes from the backup', async () => {
  await using rig = await startRig({ providers: ['primary', 'backup'], timeouts: { idleMs } });
  rig.providers.primary.behave(stallsAfter(...said));
  const sample = await rig.ask({ ...input, timeoutMs: 3000 });
  report('13 stalls within a whole answer', { ...summary([sample]), attempts: sample.attempts.length });
  expect(sample).toMatchObject({ result: 'answer', deployment: 'backup' });
});
