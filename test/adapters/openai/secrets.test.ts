import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import type { AdapterError } from '../../../adapters/errors.ts';
import { partsOf } from '../../conformance/observe.ts';
import { answering, delta, refusing, sse, sseHeaders } from '../../support/openai-wire.ts';
import type { Handler } from '../../support/upstream-server.ts';
import { apiKey, ask, open } from './open.ts';

const prompt = 'My PIN is 4711 and my neighbour is a spy.';
const said = 'The answer is forty-two.';
const headerSecret = 'team-secret-0123';

/** Servers that repeat what they were told, in every way an error can carry it. */
const handlers: Readonly<Record<string, Handler>> = {
  'a message that quotes the key': refusing(401, { message: `Incorrect API key provided: ${apiKey}.` }),
  'a message that quotes a header': refusing(400, { message: `x-team ${headerSecret} is not known` }),
  'a message that quotes the prompt': refusing(400, { message: `Cannot parse "${prompt}"` }),
  'a code that quotes the prompt': refusing(400, { code: prompt }),
  'a message that quotes a part of the prompt': refusing(400, { message: `near "${prompt.slice(3, 30)}"` }),
  'a page that repeats everything': (exchange) => {
    exchange.head(502, { 'content-type': 'text/html' });
    exchange.end(`<pre>${JSON.stringify(exchange.body)} ${exchange.headers.authorization}</pre>`);
  },
  'an error within the stream': answering(sse({ error: { message: `${apiKey} ${prompt}`, code: 500 } })),
  'malformed JSON in the stream': answering(`data: {"x": "${prompt} ${said} ${apiKey}\n\n`),
  'a wrong type in the stream': answering(sse({ choices: [{ delta: { content: [prompt, said] } }] })),
  'a stream that is cut': async (exchange) => {
    exchange.head(200, sseHeaders);
    await exchange.write(delta({ content: said + prompt }));
    exchange.cut();
  },
  'bytes that are no HTTP': (exchange) => void exchange.socket.end(`${prompt} ${said} ${apiKey}\r\n`),
  'chunks that are no chunks': async (exchange) => {
    exchange.head(200, sseHeaders);
    await exchange.write(delta({ content: said }));
    exchange.socket.end(`${prompt} ${said} ${apiKey}\r\n`);
  },
  'a redirect with the key in it': (exchange) => {
    exchange.head(302, { location: `http://127.0.0.1/?key=${apiKey}&prompt=${encodeURIComponent(prompt)}` });
    exchange.end();
  },
};

test.each(Object.entries(handlers))('%s leaks neither key nor prompt nor answer', async (_, handler) => {
  const { adapter } = await open(handler, { headers: { 'x-team': headerSecret } });
  const error = await partsOf(adapter, ask(prompt)).then(
    () => undefined,
    (reason: AdapterError) => reason,
  );
  expect(error?.message).toBeDefined();
  // With all its properties and causes, as a log would print it.
  const printed = inspect(error, { depth: 10, showHidden: true });
  for (const secret of [
    apiKey,
    headerSecret,
    prompt,
    '4711',
    'neighbour',
    said,
    encodeURIComponent(prompt),
  ]) {
    expect(printed).not.toContain(secret);
  }
});

test('the part of a message that is no secret is kept', async () => {
  const { adapter } = await open(refusing(401, { message: `Incorrect API key provided: ${apiKey}.` }));
  await expect(partsOf(adapter, ask(prompt))).rejects.toThrow(
    'remote answered HTTP 401: Incorrect API key provided: ***',
  );
});
