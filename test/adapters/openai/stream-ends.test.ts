import { expect, test } from 'vitest';
import {
  adapterErrorOf,
  drain,
  finishOf,
  firstText,
  generate,
  partsOf,
  textOf,
} from '../../conformance/observe.ts';
import { delta, done, sseHeaders, usage } from '../../support/openai-wire.ts';
import type { Exchange } from '../../support/upstream-server.ts';
import { ask, open } from './open.ts';

const ends: Readonly<Record<string, (exchange: Exchange) => void>> = {
  'a FIN of the connection': (exchange) => exchange.cut(),
  'a reset of the connection': (exchange) => exchange.reset(),
  'an orderly end of the reply': (exchange) => exchange.end(),
  'a [DONE]': (exchange) => exchange.end(done),
  'a usage and [DONE]': (exchange) => exchange.end(usage() + done),
};

test.each(Object.entries(ends))('after text, %s without a finish reason is a cut', async (_, end) => {
  const { adapter, upstream } = await open(async (exchange) => {
    exchange.head(200, sseHeaders);
    await exchange.write(delta({ content: 'so far' }));
  });
  const asked = upstream.nextRequest();
  const iterator = generate(adapter, ask('Hi'));
  expect(await firstText(iterator)).toBe('so far');
  end(await asked);
  await adapterErrorOf(drain(iterator), 'stream-cut');
});

test.each(Object.entries(ends))('after a finish reason, %s is the end of the answer', async (_, end) => {
  const { adapter, upstream } = await open(async (exchange) => {
    exchange.head(200, sseHeaders);
    await exchange.write(delta({ content: 'All.' }) + delta({}, 'stop'));
  });
  const asked = upstream.nextRequest();
  const iterator = generate(adapter, ask('Hi'));
  const first = await firstText(iterator);
  end(await asked);
  const rest = await drain(iterator);
  expect(first + textOf(rest)).toBe('All.');
  expect(finishOf(rest).reason.unified).toBe('stop');
  // Only the end that tells the usage makes it known.
  expect(finishOf(rest).usage.outputTokens).toBe(end === ends['a usage and [DONE]'] ? 3 : undefined);
});

test('a reset before the first event is a cut as well: the reply had begun', async () => {
  const { adapter } = await open(async (exchange) => {
    exchange.head(200, sseHeaders);
    await exchange.write(': hello\n\n');
    exchange.reset();
  });
  await adapterErrorOf(partsOf(adapter, ask('Hi')), 'stream-cut');
});
