import type { AdapterClock } from '../contract.ts';

/** Resolves after `durationMs`, at once for 0; rejects with the signal's reason as soon as it aborts. */
export async function pause(clock: AdapterClock, durationMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (durationMs === 0) return;
  await new Promise<void>((resolve, reject) => {
    const cancel = clock.after(durationMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    function onAbort(): void {
      cancel();
      reject(signal.reason);
    }
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Rejects with the signal's reason when it aborts, and does nothing else. */
export async function untilAborted(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted();
  return await new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
