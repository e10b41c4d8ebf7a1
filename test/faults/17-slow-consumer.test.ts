import { expect, test } from 'vitest';
import { neverEnds } from './support/behaviours.ts';
import { report } from './support/figures.ts';
import { residentMb } from './support/process-facts.ts';
import { startRig } from './support/rig.ts';
import { openSlowReader } from './support/slow-reader.ts';
import { createWatch } from './support/watch.ts';

const readers = 10;
/** How long the gateway keeps a client whose connection takes nothing, and with room for the last bytes that it did take. */
const writeIdleSeconds = 10;
const writeIdleMs = writeIdleSeconds * 1000 + 5000;

test('17: a client that reads a byte a second holds the provider back, costs little memory, and is cut off in the end', async () => {
  await using rig = await startRig({
    providers: ['primary'],
    env: { SWITCHYARD_WRITE_IDLE_SECONDS: String(writeIdleSeconds) },
  });
  const { primary } = rig.providers;
  await rig.ask();
  const pid = rig.gateway().process.pid;
  const before = { ...(await rig.quiet()), mb: residentMb(pid) };
  const written = createWatch();
  let bytes = 0;
  let lastWriteMs = performance.now();
  primary.behave(
    neverEnds((count) => {
      bytes += count;
      lastWriteMs = performance.now();
      written.notify();
    }),
  );
  const startedMs = performance.now();
  const slow = await Promise.all(
    Array.from({ length: readers }, async () => await openSlowReader(rig.gateway().url)),
  );
  await primary.until(({ calls }) => calls() === 1 + readers);
  // What the buffers hold comes in a rush; then the provider has nothing to do for most of a second.
  await quietFor(1500, () => performance.now() - lastWriteMs);
  const buffered = bytes / readers;
  const mb = (residentMb(pid) - before.mb) / readers;
  // The provider sees it: the client itself, with megabytes in its buffer, reads on for years before it comes to the end.
  const outcome = await withinMs(
    writeIdleMs,
    primary.until(({ aborted }) => aborted() === readers),
  );
  const cutMs = performance.now() - startedMs;
  const cut = primary.aborted();
  const bytesRead = slow.reduce((sum, reader) => sum + reader.bytesRead(), 0);
  for (const reader of slow) reader.close();
  const after = await rig.quiet();
  const settled = rig.gateway().log.filter(({ message }) => message === 'A generation failed.').length;

  report('17 ten clients at 1 B/s', {
    'bytes read by each': bytesRead / readers,
    'KB taken from the provider for each': buffered / 1024,
    'MB of gateway memory for each': mb,
    'cut off by the gateway': `${cut} after ${cutMs.toFixed(0)} ms`,
    'settled in the log': settled,
    'sockets, files before': `${before.sockets}, ${before.files}`,
    'sockets, files after': `${after.sockets}, ${after.files}`,
  });
  // Kernel buffers of the six sockets on the way are most of it.
  expect(buffered).toBeLessThan(32 * 1024 * 1024);
  // What has been handed out is kept for the record of the answer, and no more than that.
  expect(mb).toBeLessThan(2 * (buffered / 1024 / 1024) + 1);
  expect(bytes / readers - buffered).toBeLessThan(1024 * 1024);
  expect({ outcome, cut }).toEqual({ outcome: 'in time', cut: readers });
  expect(settled).toBe(readers);
  expect(after).toEqual({ sockets: before.sockets, files: before.files });
  expect((await rig.breakers()).get('primary')).toMatchObject({ state: 'CLOSED', failureRate: 0 });
});

async function withinMs(ms: number, work: Promise<unknown>): Promise<'in time' | 'too late'> {
  const limit = new Promise<'too late'>((resolve) => setTimeout(resolve, ms, 'too late'));
  return await Promise.race([work.then(() => 'in time' as const), limit]);
}

/** Resolves once it has been quiet for that long; looks again only when that could be. */
async function quietFor(ms: number, quietMs: () => number): Promise<void> {
  for (let leftMs = ms; leftMs > 0; leftMs = ms - quietMs()) {
    await new Promise((resolve) => setTimeout(resolve, leftMs));
  }
}
