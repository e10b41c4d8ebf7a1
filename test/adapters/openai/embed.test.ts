import { expect, test } from 'vitest';
import type { EmbedResult } from '../../../adapters/contract.ts';
import { adapterErrorOf } from '../../conformance/observe.ts';
import { refusing } from '../../support/openai-wire.ts';
import type { Handler } from '../../support/upstream-server.ts';
import { open, type Opened, type Options } from './open.ts';

const capabilities = ['embeddings'];

function embed({ adapter }: Opened, ...texts: readonly string[]): Promise<EmbedResult> {
  if (adapter.embed === undefined) throw new Error('the adapter has no embed');
  return adapter.embed({ texts }, new AbortController().signal);
}

function replying(...data: readonly object[]): Handler {
  return (exchange) => exchange.json(200, { object: 'list', data, usage: { prompt_tokens: 9 } });
}

test('vectors come in the order of the texts, whatever order the server sends them in', async () => {
  const opened = await open(replying({ index: 1, embedding: [3, 4] }, { index: 0, embedding: [1, 2] }), {
    capabilities,
  });
  expect(await embed(opened, 'one', 'two')).toEqual({
    vectors: [
      [1, 2],
      [3, 4],
    ],
    dimensions: 2,
    truncated: [false, false],
    usage: {
      inputTokens: 9,
      outputTokens: undefined,
      cachedInputTokens: undefined,
      reasoningTokens: undefined,
    },
  });
});

test('without an index the order of the reply counts', async () => {
  const opened = await open(replying({ embedding: [1] }, { embedding: [2] }), { capabilities });
  expect((await embed(opened, 'one', 'two')).vectors).toEqual([[1], [2]]);
});

test('vectors in base64 are read as 32-bit numbers, little-endian', async () => {
  const base64 = Buffer.from(Float32Array.of(0.5, -2, 1e-3).buffer).toString('base64');
  const opened = await open(replying({ index: 0, embedding: base64 }), { capabilities });
  expect((await embed(opened, 'one')).vectors).toEqual([[0.5, -2, Math.fround(1e-3)]]);
});

test.each<[string, Options, readonly object[]]>([
  ['too few vectors', {}, [{ index: 0, embedding: [1, 2] }]],
  [
    'two vectors for one text',
    {},
    [
      { index: 0, embedding: [1, 2] },
      { index: 0, embedding: [1, 2] },
    ],
  ],
  [
    'a place beyond the texts',
    {},
    [
      { index: 0, embedding: [1] },
      { index: 2, embedding: [1] },
    ],
  ],
  [
    'vectors of several lengths',
    {},
    [
      { index: 0, embedding: [1, 2] },
      { index: 1, embedding: [1] },
    ],
  ],
  [
    'empty vectors',
    {},
    [
      { index: 0, embedding: [] },
      { index: 1, embedding: [] },
    ],
  ],
  ['another length than asked for', { dimensions: 3 }, [{ embedding: [1, 2] }, { embedding: [1, 2] }]],
  ['half a number in base64', {}, [{ embedding: 'AAAAAAA=' }, { embedding: 'AAAAAAA=' }]],
  ['words for numbers', {}, [{ embedding: ['one'] }, { embedding: ['two'] }]],
])('%s break the protocol', async (_, options, data) => {
  const opened = await open(replying(...data), { capabilities, ...options });
  await adapterErrorOf(embed(opened, 'one', 'two'), 'protocol');
});

test('the request names the model, the texts, the encoding and the dimensions asked for', async () => {
  const opened = await open(replying({ embedding: [1, 2] }), { capabilities, dimensions: 2 });
  await embed(opened, 'one');
  expect(opened.upstream.requests).toMatchObject([
    {
      path: '/v1/embeddings',
      headers: { accept: 'application/json' },
      body: { model: 'gpt-test', input: ['one'], encoding_format: 'float', dimensions: 2 },
    },
  ]);
});

test('a refusal is classified as for answers, and asked for once', async () => {
  const opened = await open(refusing(429, {}, { 'retry-after': '3' }), { capabilities });
  expect((await adapterErrorOf(embed(opened, 'one'), 'rate-limit')).retryAfterMs).toBe(3000);
  expect(opened.upstream.requests).toHaveLength(1);
});

test('a server that never answers is left', async () => {
  const opened = await open(() => undefined, { capabilities, timeouts: { wholeMs: 1000 } });
  const asked = opened.upstream.nextRequest();
  const failure = adapterErrorOf(embed(opened, 'one'), 'timeout');
  const exchange = await asked;
  await opened.clock.advanceAsync(1000);
  await failure;
  await exchange.over;
  expect(opened.clock.pendingTimers()).toBe(0);
});
