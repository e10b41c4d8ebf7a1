import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { modelReady, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';
import { fieldOf, graphql, subscribe, type GraphqlResponse } from '../support/graphql-client.ts';
import { realDataDirectory } from '../support/real-data.ts';

let gateway: GatewayProcess;

beforeAll(async () => {
  gateway = await startGatewayProcess({ dataDirectory: realDataDirectory });
  await modelReady(gateway);
});

afterAll(async () => {
  await gateway.stop();
});

const answerQuery = `query ($input: GenerateInput!) {
  generate(input: $input) {
    __typename
    ... on Generation {
      text finishReason model { name } deployment { name kind }
      usage { inputTokens outputTokens } cost { usd nanoUsd estimated }
      timings { queuedMs firstTokenMs totalMs } cache { hit ageSeconds }
      route { policy chosen { deployment { name } } } attempts { outcome }
    }
    ... on Problem { code message }
  }
}`;
const streamQuery = `subscription ($input: GenerateInput!) {
  generateStream(input: $input) {
    __typename sequence generationId
    ... on TextDelta { text }
    ... on GenerationCompleted { generation { text timings { queuedMs } usage { outputTokens } } }
    ... on GenerationFailed { problem { code message } partialText }
  }
}`;
const capital = {
  prompt: 'What is the capital of France?',
  sampling: { temperature: 0, maxOutputTokens: 48 },
  cache: { mode: 'OFF' },
};

const ask = (input: object) => graphql(gateway.url, { query: answerQuery, variables: { input } });

type Event = ReturnType<typeof fieldOf>;

async function eventsOf(stream: AsyncIterable<GraphqlResponse>): Promise<readonly Event[]> {
  return await Array.fromAsync(stream, (response) => fieldOf(response, 'generateStream'));
}

function textOf(events: readonly Event[]): string {
  return events.map(({ __typename, text }) => (__typename === 'TextDelta' ? String(text) : '')).join('');
}

describe('a real model answers', () => {
  test('a query gets a sensible sentence with its whole story', async () => {
    const { data } = await ask(capital);
    expect(data?.['generate']).toMatchObject({
      __typename: 'Generation',
      text: expect.stringContaining('Paris'),
      finishReason: 'STOP',
      model: { name: 'smollm2-135m' },
      deployment: { name: 'smollm2-135m', kind: 'onnx' },
      usage: { inputTokens: expect.any(Number), outputTokens: expect.any(Number) },
      cost: { usd: '0', nanoUsd: 0, estimated: false },
      timings: { queuedMs: expect.any(Number), firstTokenMs: expect.any(Number) },
      cache: { hit: false, ageSeconds: null },
      route: { policy: 'balanced', chosen: { deployment: { name: 'smollm2-135m' } } },
      attempts: [{ outcome: 'SUCCEEDED' }],
    });
  });

  test('greedy text is the same between runs', async () => {
    const [first, second] = [await ask(capital), await ask(capital)];
    const [once, again] = [first, second].map((answer) => fieldOf(answer, 'generate')['text']);
    expect(once).not.toBe('');
    expect(once).toBe(again);
  });

  test('a subscription over SSE streams the text that the query gives', async () => {
    const whole = (await ask(capital)).data?.['generate'];
    const events = await eventsOf(
      subscribe(gateway.url, { query: streamQuery, variables: { input: capital } }),
    );
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_event, index) => index + 1));
    expect(events[0]).toMatchObject({ __typename: 'RouteDecided' });
    expect(events.at(-1)).toMatchObject({ __typename: 'GenerationCompleted' });
    expect(whole).toMatchObject({ text: textOf(events) });
    expect(events.length).toBeGreaterThan(5);
  });

  test('the same over graphql-ws', async () => {
    const whole = (await ask(capital)).data?.['generate'];
    const client = createClient({ url: gateway.url.replace('http', 'ws'), webSocketImpl: WebSocket });
    const results = client.iterate({ query: streamQuery, variables: { input: capital } });
    const events = await Array.fromAsync(results, ({ data }) => fieldOf({ data }, 'generateStream'));
    await client.dispose();
    expect(events.at(-1)).toMatchObject({ __typename: 'GenerationCompleted' });
    expect(whole).toMatchObject({ text: textOf(events) });
  });

  test('callers at once each get their own answer', async () => {
    const capitals = { France: 'Paris', Italy: 'Rome', Japan: 'Tokyo', Spain: 'Madrid' };
    const answers = await Promise.all(
      Object.keys(capitals).map((country) =>
        ask({ ...capital, prompt: `What is the capital of ${country}?` }),
      ),
    );
    expect(answers.map(({ data }) => data?.['generate'])).toMatchObject(
      Object.values(capitals).map((city) => ({ text: expect.stringContaining(city) })),
    );
  });

  test('a second equal query comes from the cache within 5 ms', async () => {
    const input = { prompt: 'Name a color.', sampling: { temperature: 0, maxOutputTokens: 16 } };
    await ask(input);
    const { cache, attempts, timings } = fieldOf(await ask(input), 'generate');
    expect([cache, attempts]).toEqual([{ hit: true, ageSeconds: expect.any(Number) }, []]);
    expect(timings).toMatchObject({ totalMs: expect.toSatisfy((ms: number) => ms < 5) });
  });

  test('a caller who leaves frees the model within its current step', async () => {
    const abort = new AbortController();
    const story = {
      prompt: 'Tell me a very long story about a robot who counts to a thousand.',
      sampling: { temperature: 0, maxOutputTokens: 1000, repetitionPenalty: 1.2 },
      cache: { mode: 'OFF' },
    };
    let deltas = 0;
    const stream = subscribe(gateway.url, { query: streamQuery, variables: { input: story } }, abort.signal);
    await expect(async () => {
      for await (const response of stream) {
        if (fieldOf(response, 'generateStream')['__typename'] === 'TextDelta') deltas += 1;
        if (deltas === 5) abort.abort();
      }
    }).rejects.toThrow(/abort/i);
    const next = await ask({ ...capital, sampling: { temperature: 0, maxOutputTokens: 2 } });
    // One request at a time: the next one waits for as long as the cancelled one still runs.
    expect(fieldOf(next, 'generate')['timings']).toMatchObject({
      queuedMs: expect.toSatisfy((ms: number) => ms < 100),
    });
  });

  test('a prompt longer than the context is refused with its exact count', async () => {
    // Long enough for the model's tokenizer, and not for the estimate that is made before.
    const { data } = await ask({ ...capital, prompt: 'word '.repeat(5000) });
    expect(data?.['generate']).toMatchObject({
      __typename: 'ValidationProblem',
      code: 'VALIDATION_FAILED',
      message: expect.stringMatching(/^input\.prompt: has \d{4,} tokens, the model holds \d+$/),
    });
  });

  test('bad input is told and nothing is logged at error level', async () => {
    const before = gateway.log.length;
    const bad = [
      { messages: [] },
      { prompt: 'a', model: 'smollm2-135' },
      { prompt: 'a', sampling: { temperature: 99 } },
      { prompt: 'a', sampling: { maxOutputTokens: -1 } },
      { prompt: 'half \uD83D' },
    ];
    const answers = await Promise.all(bad.map(ask));
    expect(answers.map(({ data }) => data?.['generate'])).toMatchObject(
      bad.map(() => ({ __typename: 'ValidationProblem', code: 'VALIDATION_FAILED' })),
    );
    expect(JSON.stringify(answers[1])).toContain('smollm2-135m');
    expect(gateway.log.slice(before).filter(({ level }) => level === 'error')).toEqual([]);
  });
});
