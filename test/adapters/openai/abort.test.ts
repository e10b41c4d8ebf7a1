import { expect, test } from 'vitest';
import { adapterErrorOf, drain, firstText, generate, partsOf } from '../../conformance/observe.ts';
import { delta, sseHeaders } from '../../support/openai-wire.ts';
import type { Handler } from '../../support/upstream-server.ts';
import { ask, open } from './open.ts';

const stalling: Handler = async (exchange) => {
  exchange.head(200, sseHeaders);
  await exchange.write(delta({ content: 'so far' }));
};

test('an abort before the reply reaches the server', async () => {
  const { adapter, upstream, clock } = await open(() => undefined);
  const aborter = new AbortController();
  const asked = upstream.nextRequest();
  const parts = partsOf(adapter, ask('Hi'), aborter.signal);
  const exchange = await asked;
  aborter.abort(new Error('the reason of the caller'));
  await adapterErrorOf(parts, 'aborted');
  await exchange.over;
  await upstream.disconnected();
  expect(clock.pendingTimers()).toBe(0);
});

test('an abort within the stream is an error, not the end of the answer, and reaches the server', async () => {
  const { adapter, upstream, clock } = await open(stalling);
  const aborter = new AbortController();
  const iterator = generate(adapter, ask('Hi'), aborter.signal);
  await firstText(iterator);
  const failure = adapterErrorOf(drain(iterator), 'aborted');
  aborter.abort();
  await failure;
  await upstream.disconnected();
  expect(clock.pendingTimers()).toBe(0);
});

test('an abort after the finish reason, while the usage is awaited, is one still', async () => {
  const { adapter } = await open(async (exchange) => {
    exchange.head(200, sseHeaders);
    await exchange.write(delta({ content: 'All.' }, 'stop'));
  });
  const aborter = new AbortController();
  const iterator = generate(adapter, ask('Hi'), aborter.signal);
  await firstText(iterator);
  const failure = adapterErrorOf(drain(iterator), 'aborted');
  aborter.abort();
  await failure;
});

test('leaving the loop reaches the server', async () => {
  const { adapter, upstream, clock } = await open(stalling);
  const iterator = generate(adapter, ask('Hi'));
  await firstText(iterator);
  await iterator.return?.();
  await upstream.disconnected();
  expect(clock.pendingTimers()).toBe(0);
});

test('a call that is aborted beforehand asks no server', async () => {
  const { adapter, upstream } = await open(stalling);
  await adapterErrorOf(partsOf(adapter, ask('Hi'), AbortSignal.abort()), 'aborted');
  expect(upstream.connectionsAccepted()).toBe(0);
});
