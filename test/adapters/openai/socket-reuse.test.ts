import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect, test } from 'vitest';
import { partsOf } from '../../conformance/observe.ts';
import { settled } from '../../support/fake-clock.ts';
import { answering, answerStream, refusing, sseHeaders } from '../../support/openai-wire.ts';
import type { Handler } from '../../support/upstream-server.ts';
import { ask, open } from './open.ts';

/** Says all there is to say, and leaves the reply open. */
const unended: Handler = async (exchange) => {
  exchange.head(200, sseHeaders);
  await exchange.write(answerStream('ok'));
};

test.each<[string, Handler]>([
  ['an answer', answering(answerStream('ok'))],
  ['a refusal', refusing(503)],
])('after %s the socket serves the next call', async (_, handler) => {
  const { adapter, upstream } = await open(handler);
  for (let round = 0; round < 5; round += 1) {
    const read = replyRead();
    await partsOf(adapter, ask('Hi')).catch(() => undefined);
    await read;
  }
  expect(upstream.connectionsAccepted()).toBe(1);
});

test('an end that comes after [DONE] is waited for, so that the socket can serve the next call', async () => {
  const { adapter, upstream, clock } = await open(unended);
  const asked = upstream.nextRequest();
  const read = replyRead();
  await partsOf(adapter, ask('Hi'));
  (await asked).end();
  await read;
  expect(clock.pendingTimers()).toBe(0);
  upstream.handle(answering(answerStream('ok')));
  await partsOf(adapter, ask('Hi'));
  expect(upstream.connectionsAccepted()).toBe(1);
});

test('a reply that does not end after [DONE] costs its socket after a second', async () => {
  const { adapter, upstream, clock } = await open(unended);
  const asked = upstream.nextRequest();
  await partsOf(adapter, ask('Hi'));
  await clock.advanceAsync(1000);
  await (
    await asked
  ).over;
  await upstream.disconnected();
  expect(clock.pendingTimers()).toBe(0);
});

/** Resolves when the client has read a whole reply and its socket is free: undici tells it on this channel. */
async function replyRead(): Promise<void> {
  await new Promise<void>((resolve) => {
    const listener = (): void => {
      unsubscribe('undici:request:trailers', listener);
      resolve();
    };
    subscribe('undici:request:trailers', listener);
  });
  await settled();
}
