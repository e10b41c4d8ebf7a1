import { percentile } from './figures.ts';

/** Asks for the health of the gateway again and again until it is over; the slowest answer tells how long its loop was held. */
export async function slowestHealthMs(url: string, over: Promise<unknown>): Promise<number> {
  const times: number[] = [];
  const done = new AbortController();
  void over.finally(() => done.abort());
  while (!done.signal.aborted) {
    const startedMs = performance.now();
    await (await fetch(new URL('/livez', url))).text();
    times.push(performance.now() - startedMs);
    // Room for what is measured.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return percentile(times, 1);
}
