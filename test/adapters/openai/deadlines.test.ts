import { expect, test } from 'vitest';
import { adapterErrorOf, drain, firstText, generate, partsOf } from '../../conformance/observe.ts';
import { delta, done, sseHeaders } from '../../support/openai-wire.ts';
import { settled } from '../../support/fake-clock.ts';
import type { Handler } from '../../support/upstream-server.ts';
import { ask, open } from './open.ts';

const timeouts = { headersMs: 1000, firstTokenMs: 2000, idleMs: 300, totalMs: 10_000 };

const metadataOnly: Handler = async (exchange) => {
  exchange.head(200, sseHeaders);
  await exchange.write(delta({ role: 'assistant', content: '' }));
};

const stalling: Handler = async (exchange) => {
  exchange.head(200, sseHeaders);
  await exchange.write(delta({ content: 'so far' }));
};

test('a server that sends no headers is left after headersMs', async () => {
  const { adapter, upstream, clock } = await open(() => undefined, { timeouts });
  const asked = upstream.nextRequest();
  const failure = adapterErrorOf(partsOf(adapter, ask('Hi')), 'timeout');
  const exchange = await asked;
  await clock.advanceAsync(999);
  expect(clock.pendingTimers()).toBeGreaterThan(0);
  await clock.advanceAsync(1);
  expect(await failure).toMatchObject({
    phase: 'headers',
    message: 'no reply began within 1000 ms',
  });
  await exchange.over;
  expect(clock.pendingTimers()).toBe(0);
});

test('an answer without content is left after firstTokenMs, counted from the start', async () => {
  const { adapter, upstream, clock } = await open(metadataOnly, { timeouts });
  const iterator = generate(adapter, ask('Hi'));
  expect((await iterator.next()).value).toMatchObject({ type: 'response-metadata' });
  const failure = adapterErrorOf(drain(iterator), 'timeout');
  await clock.advanceAsync(2000);
  expect((await failure).phase).toBe('first-token');
  await upstream.idle();
  expect(clock.pendingTimers()).toBe(0);
});

test('an answer that stands still after its first text is left after idleMs', async () => {
  const { adapter, upstream, clock } = await open(stalling, { timeouts });
  const iterator = generate(adapter, ask('Hi'));
  await firstText(iterator);
  const failure = adapterErrorOf(drain(iterator), 'timeout');
  await clock.advanceAsync(300);
  expect((await failure).phase).toBe('idle');
  await upstream.idle();
  expect(clock.pendingTimers()).toBe(0);
});

test('a comment that keeps the connection open is no progress', async () => {
  const { adapter, upstream, clock } = await open(stalling, { timeouts });
  const asked = upstream.nextRequest();
  const iterator = generate(adapter, ask('Hi'));
  await firstText(iterator);
  const failure = adapterErrorOf(drain(iterator), 'timeout');
  await clock.advanceAsync(200);
  await (await asked).write(': keep-alive\n\n');
  await settled();
  await clock.advanceAsync(100);
  expect((await failure).phase).toBe('idle');
});

test('the pauses of the consumer are not idle time of the model', async () => {
  const { adapter, upstream, clock } = await open(stalling, { timeouts });
  const asked = upstream.nextRequest();
  const iterator = generate(adapter, ask('Hi'));
  await firstText(iterator);
  await clock.advanceAsync(5000);
  (await asked).end(delta({ content: '.' }) + delta({}, 'stop') + done);
  expect((await drain(iterator)).at(-1)?.type).toBe('finish');
});

test('an answer that never stops coming is left after totalMs', async () => {
  const { adapter, upstream, clock } = await open(stalling, { timeouts });
  const asked = upstream.nextRequest();
  const iterator = generate(adapter, ask('Hi'));
  await firstText(iterator);
  const exchange = await asked;
  for (let elapsedMs = 0; elapsedMs < 9_800; elapsedMs += 200) {
    const next = iterator.next();
    await clock.advanceAsync(200);
    await exchange.write(delta({ content: 'more' }));
    await next;
  }
  const failure = adapterErrorOf(drain(iterator), 'timeout');
  await clock.advanceAsync(200);
  expect((await failure).phase).toBe('total');
});

test('a tool call counts as content, a reasoning too', async () => {
  for (const fields of [
    { tool_calls: [{ index: 0, id: 'a', function: { name: 'weather', arguments: '' } }] },
    { reasoning_content: 'Hm.' },
  ]) {
    const { adapter, clock } = await open(
      async (exchange) => {
        exchange.head(200, sseHeaders);
        await exchange.write(delta(fields));
      },
      { timeouts },
    );
    const iterator = generate(adapter, ask('Hi'));
    await iterator.next();
    await iterator.next();
    const failure = adapterErrorOf(drain(iterator), 'timeout');
    await clock.advanceAsync(300);
    expect((await failure).phase).toBe('idle');
  }
});

test('an error reply that never ends is bounded by the deadline too', async () => {
  const { adapter, clock, upstream } = await open(
    async (exchange) => {
      exchange.head(500, { 'content-type': 'application/json' });
      await exchange.write('{"error":');
    },
    { timeouts },
  );
  const asked = upstream.nextRequest();
  const failure = adapterErrorOf(partsOf(adapter, ask('Hi')), 'timeout');
  await asked;
  await clock.advanceAsync(10_000);
  await failure;
  await upstream.idle();
});
