import { expect, test } from 'vitest';
import { rawPost, rawSocket } from './raw-socket.ts';
import { createSmallApp, originOf } from './small-app.ts';

const subscription = rawPost(
  { query: 'subscription { events }' },
  { headers: { accept: 'text/event-stream', connection: 'close' } },
);

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A stream with a write for each of its events. */
async function start() {
  const ended = Promise.withResolvers<string>();
  const { app } = createSmallApp({
    answer: () => ended.promise,
    async *events() {
      for (const text of ['plain', 'é 漢 🚂', 'last']) {
        yield text;
        await turn();
        await turn();
      }
      ended.resolve('Hello');
    },
  });
  return await rawSocket(await originOf(app));
}

const events = ['plain', 'é 漢 🚂', 'last'].map(
  (text) => `event: next\ndata: {"data":{"events":"${text}"}}\n\n`,
);
const whole = `:\n\n${events.join('')}event: complete\ndata:\n\n`;

test('each chunk of a stream is as long as it says, in bytes', async () => {
  const { socket, closed } = await start();
  socket.write(subscription);
  const [head = '', body = ''] = (await closed()).split(/\r\n\r\n([^]*)/);
  expect(head).toMatch(/^transfer-encoding: chunked$/im);
  const chunks = chunksOf(Buffer.from(body, 'latin1'));
  expect(chunks.length).toBeGreaterThan(3);
  expect(Buffer.concat(chunks).toString()).toBe(whole);
});

test('a client of HTTP/1.0 gets a stream without chunks', async () => {
  const { socket, closed } = await start();
  socket.write(subscription.replace('HTTP/1.1', 'HTTP/1.0'));
  const answer = Buffer.from(await closed(), 'latin1').toString();
  expect(answer.slice(answer.indexOf('\r\n\r\n') + 4)).toBe(whole);
});

test('a stream behind another answer on its connection comes after it, and whole', async () => {
  const { socket, closed } = await start();
  socket.write(rawPost({ query: '{ answer }' }) + subscription);
  const all = Buffer.from(await closed(), 'latin1').toString();
  expect(all).toMatch(/"answer":"Hello"[^]*"events":"plain"[^]*"events":"last"[^]*event: complete/);
});

/** Reads a body as RFC 9112 has it; what follows the last chunk is its end. */
function chunksOf(body: Buffer): readonly Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const line = body.indexOf('\r\n', at);
    const length = Number.parseInt(body.toString('latin1', at, line), 16);
    const end = line + 2 + length;
    expect(body.toString('latin1', end, end + 2)).toBe('\r\n');
    if (length === 0) return chunks;
    chunks.push(body.subarray(line + 2, end));
    at = end + 2;
  }
}
