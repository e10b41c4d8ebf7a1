import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll } from 'vitest';
import { adapterFor, ask } from '../adapters/openai/open.ts';
import { describeAdapter, readingCaseNames } from '../conformance/adapter.ts';
import type { Fixture } from '../conformance/fixture.ts';
import { drain, firstText, generate } from '../conformance/observe.ts';
import { startLlamaServer, type LlamaServer } from '../support/real-downloads.ts';

const greedy = { temperature: 0, maxOutputTokens: 16 };
/** SmolLM2 repeats itself in answer to it until its context of 2048 tokens is full. */
const endless = ask('What is the capital of France?', { sampling: { temperature: 0 } });

let server: LlamaServer;

beforeAll(async () => {
  server = await startLlamaServer({ slots: 2 });
});

afterAll(async () => {
  await server.stop();
});

async function create(): Promise<Fixture> {
  const relay = await openRelay(server.baseUrl);
  const adapter = adapterFor({ baseUrl: relay.baseUrl });
  return {
    adapter,
    idle: bothSlotsFree,
    released: () => relay.close(),
    async dispose() {
      await adapter.close();
      await relay.close();
    },
  };
}

/**
 * Asks for two answers at once and sees both begin before one ends, for which the server needs both of its slots.
 * Rejects where one had to wait for the other: a third call holds a slot.
 */
async function bothSlotsFree(): Promise<void> {
  const adapter = adapterFor({ baseUrl: server.baseUrl });
  const story = ask('Tell me a story.', { sampling: { temperature: 0, maxOutputTokens: 100 } });
  const answers = [generate(adapter, story), generate(adapter, story)];
  const begun = answers.map((answer) => firstText(answer));
  const ended = answers.map(async (answer, place) => {
    await begun[place];
    await drain(answer);
    throw new Error('a call that is over still holds a slot of the server');
  });
  try {
    await Promise.race([Promise.all(begun), ...ended]);
  } finally {
    await adapter.close();
    await Promise.allSettled(ended);
  }
}

interface Relay {
  readonly baseUrl: string;
  /** Resolves once every connection is closed, which is left to its two ends. */
  close(): Promise<void>;
}

/** Passes bytes on to the server, to see which connections there are. */
async function openRelay(target: string): Promise<Relay> {
  const { hostname, port } = new URL(target);
  const relay = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy());
    client.on('close', () => upstream.destroy());
    // What is sent to a server that has closed just now nobody takes; unread it would hold the connection open.
    upstream.on('close', () => client.resume());
    upstream.on('error', () => client.destroy());
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  // The server listens on a TCP port, so its address is of this form.
  const { port: own } = relay.address() as AddressInfo;
  const closed = once(relay, 'close');
  return {
    baseUrl: `http://127.0.0.1:${own}/v1`,
    async close() {
      relay.close();
      await closed;
    },
  };
}

describeAdapter({
  name: "openai before llama.cpp's server, chat",
  create,
  scenarios: {
    answer: ask('Name three colors.', { sampling: greedy }),
    // Some seconds of reading.
    silence: ask('word '.repeat(500), { sampling: greedy }),
    stall: endless,
    unicode: {
      call: ask('Repeat exactly, nothing else: "Füße 👍 日本"', { sampling: { ...greedy, stop: ['\n'] } }),
      text: 'Füße 👍 日本',
    },
    apart: [
      ask('What is the capital of France?', { sampling: greedy }),
      ask('Name three colors.', { sampling: greedy }),
    ],
    failures: {
      'context-length': ask('word '.repeat(3000)),
      'invalid-request': ask('Hi', {
        responseFormat: { type: 'json-schema', name: 'odd', schema: { type: 'oddity' } },
      }),
    },
  },
  optOuts: [
    { reason: 'a deployment chats or embeds, never both', cases: readingCaseNames },
    { reason: 'this server always says what it used', cases: ['unknown usage is undefined'] },
    {
      reason: 'the longest answer of this model fits into the buffers of the socket',
      cases: ['a consumer that stops pulling holds the producer back'],
    },
  ],
});
