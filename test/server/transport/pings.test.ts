import { expect, test } from 'vitest';
import { createFakeClock } from '../../support/fake-clock.ts';
import { rawPost, rawSocket } from './raw-socket.ts';
import { createSmallApp, originOf } from './small-app.ts';

test('a stream that says nothing is kept alive, until it ends', async () => {
  const clock = createFakeClock();
  const ending = Promise.withResolvers<void>();
  const { app } = createSmallApp(
    {
      async *events() {
        yield 'one';
        await ending.promise;
      },
    },
    { clock },
  );
  const { socket, until, reads } = await rawSocket(await originOf(app));
  socket.write(rawPost({ query: 'subscription { events }' }, { headers: { accept: 'text/event-stream' } }));
  await until(/"one"/);
  const before = reads.length;
  for (let count = 1; count <= 3; count += 1) {
    clock.advance(12_000);
    await until(new RegExp(`(3\\r\\n:\\n\\n\\r\\n){${count}}$`));
  }
  expect(reads.length).toBe(before + 3);
  ending.resolve();
  await until(/event: complete/);
  expect(clock.pendingTimers()).toBe(0);
});
