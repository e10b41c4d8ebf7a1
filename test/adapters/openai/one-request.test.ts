import { expect, test } from 'vitest';
import { partsOf } from '../../conformance/observe.ts';
import { refusing } from '../../support/openai-wire.ts';
import type { Handler } from '../../support/upstream-server.ts';
import { ask, open } from './open.ts';

const failures: Readonly<Record<string, Handler>> = {
  'a 408': refusing(408),
  'a 409': refusing(409),
  'a 429 with Retry-After': refusing(429, {}, { 'retry-after': '0' }),
  'a 500': refusing(500),
  'a 503 that asks for a retry': refusing(503, {}, { 'x-should-retry': 'true', 'retry-after-ms': '1' }),
  'a reset before the reply': (exchange) => exchange.reset(),
  'a connection that is closed before the reply': (exchange) => exchange.cut(),
};

test.each(Object.entries(failures))('after %s the server is not asked again', async (_, handler) => {
  const { adapter, upstream, clock } = await open(handler);
  await expect(partsOf(adapter, ask('Hi'))).rejects.toThrow();
  await clock.advanceAsync(60_000);
  expect(upstream.requests).toHaveLength(1);
  expect(clock.pendingTimers()).toBe(0);
});
