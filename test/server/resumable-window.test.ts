import { ROOT_CONTEXT } from '@opentelemetry/api';
import { expect, onTestFinished, test } from 'vitest';
import { adapterFor } from '../adapters/openai/open.ts';
import { deployment } from '../support/deployments.ts';
import { fieldOf, subscribe } from '../support/graphql-client.ts';
import { delta, done, sseHeaders } from '../support/openai-wire.ts';
import { createTestApp, listening } from '../support/test-app.ts';
import { startUpstreamServer } from '../support/upstream-server.ts';

const stream = (resumable: boolean) => `subscription { generateStream(input: {
  prompt: "Hi", resumable: ${resumable}, cache: { mode: OFF }, timeoutMs: 600000 }) { generationId ... on TextDelta { text } } }`;
const resume = `subscription ($id: ID!) { resumeStream(generationId: $id, afterSequence: 2) {
  __typename sequence ... on TextDelta { text } ... on GenerationFailed { problem { code } } } }`;

/** A client that has left after the first word, and an upstream that goes on when it is told to. */
async function left(resumable: boolean) {
  const goOn = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  const upstream = await startUpstreamServer(async (exchange) => {
    exchange.head(200, sseHeaders);
    await exchange.write(delta({ content: 'a' }));
    void exchange.over.then(over.resolve);
    await Promise.race([goOn.promise, exchange.over]);
    exchange.end(delta({ content: 'b' }) + delta({}, 'stop') + done);
  });
  onTestFinished(() => upstream.close());
  const adapter = adapterFor({ baseUrl: upstream.baseUrl });
  onTestFinished(() => adapter.close());
  const ended = Promise.withResolvers<void>();
  const composed = createTestApp([[deployment(), adapter]], {
    observeOperation: () => ({
      scope: { traceId: undefined, spanId: undefined, context: ROOT_CONTEXT },
      end: () => ended.resolve(),
    }),
  });
  const url = await listening(composed.app);
  const leaving = new AbortController();
  let id: unknown;
  const reading = (async () => {
    for await (const result of subscribe(url, { query: stream(resumable) }, leaving.signal)) {
      const event = fieldOf(result, 'generateStream');
      id = event['generationId'];
      if (event['text'] === 'a') leaving.abort();
    }
  })();
  await expect(reading).rejects.toThrow(/abort/);
  // The operation ends with its client, whatever becomes of the generation.
  await ended.promise;
  const read = () => Array.fromAsync(subscribe(url, { query: resume, variables: { id } }));
  return { ...composed, read, goOn: goOn.resolve, over: over.promise };
}

test('a client that comes back within the window gets the rest of the one answer', async () => {
  const { read, goOn, outcomes } = await left(true);
  expect(outcomes).toEqual([]);
  const rest = read();
  goOn();
  expect(await rest).toMatchObject([
    { data: { resumeStream: { sequence: 3, text: 'b' } } },
    { data: { resumeStream: { __typename: 'GenerationCompleted', sequence: 4 } } },
  ]);
  expect(outcomes).toHaveLength(1);
});

test('after the window the request to the provider is closed, and the stream unknown', async () => {
  const { read, clock, over, outcomes } = await left(true);
  await clock.advanceAsync(60_000);
  await over;
  expect(outcomes).toMatchObject([{ result: { problem: { code: 'CANCELLED' }, partialText: 'a' } }]);
  expect(await read()).toEqual([
    {
      data: {
        resumeStream: {
          __typename: 'GenerationFailed',
          sequence: 0,
          problem: { code: 'GENERATION_NOT_FOUND' },
        },
      },
    },
  ]);
});

test('without the wish to resume it is closed as soon as the client has left', async () => {
  const { over, outcomes } = await left(false);
  await over;
  expect(outcomes).toMatchObject([{ result: { problem: { code: 'CANCELLED' } } }]);
});
