import { expect, test } from 'vitest';
import { adapterErrorOf, partsOf } from '../../conformance/observe.ts';
import { answering, delta, sse, sseHeaders } from '../../support/openai-wire.ts';
import { startTcpServer, type Handler } from '../../support/upstream-server.ts';
import { adapterFor, ask, failureOf } from './open.ts';

const json = { 'content-type': 'application/json' };

const replies: Readonly<Record<string, Handler>> = {
  'JSON that breaks off': answering('data: {"choices": [\n\n'),
  'an event that is no object': answering(sse(7)),
  'text of the wrong type': answering(sse({ choices: [{ index: 0, delta: { content: 7 } }] })),
  'choices of the wrong type': answering(sse({ choices: 'none' })),
  'nothing at all': (exchange) => {
    exchange.head(200, sseHeaders);
    exchange.end();
  },
  'nothing but [DONE]': answering(sse('[DONE]')),
  'a page of HTML': (exchange) => {
    exchange.head(200, { 'content-type': 'text/html' });
    exchange.end('<!doctype html><title>Welcome</title><p>Sign in');
  },
  'a whole answer where a stream was asked for': (exchange) =>
    exchange.json(200, { choices: [{ index: 0, message: { content: 'Hi' }, finish_reason: 'stop' }] }),
  'a JSON text that breaks off': (exchange) => {
    exchange.head(200, json);
    exchange.end('{"choices":');
  },
  'no content': (exchange) => {
    exchange.head(204);
    exchange.end();
  },
  'an event without end': async (exchange) => {
    exchange.head(200, sseHeaders);
    await exchange.write('data: ');
    for (let megabyte = 0; megabyte < 2; megabyte += 1) await exchange.write('x'.repeat(1024 * 1024));
  },
};

test.each(Object.entries(replies))('%s breaks the protocol', async (_, handler) => {
  expect((await failureOf('protocol', handler)).message).toMatch(/remote|127\.0\.0\.1|event/);
});

test('malformed JSON after text ends the answer', async () => {
  await failureOf('protocol', answering(`${delta({ content: 'so far' })}data: {oops\n\n`));
});

test('a redirect is not followed, for the key would go with it', async () => {
  const requests: string[] = [];
  const error = await failureOf('protocol', (exchange) => {
    requests.push(exchange.path);
    exchange.head(307, { location: '/v2/chat/completions' });
    exchange.end();
  });
  expect(requests).toEqual(['/v1/chat/completions']);
  expect(error).toMatchObject({ status: 307 });
  expect(error.message).toContain('/v2/chat/completions, which is not followed');
});

test('a server that speaks no HTTP breaks the protocol', async () => {
  const server = await startTcpServer((socket) => socket.end('220 mail ready\r\n'));
  const adapter = adapterFor({ baseUrl: `http://127.0.0.1:${server.port}/v1` });
  await adapterErrorOf(partsOf(adapter, ask('Hi')), 'protocol');
  await adapter.close();
  await server.close();
});
