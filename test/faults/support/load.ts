import type { Sample } from './clients.ts';

export interface Load {
  /** Calls that run side by side; each begins when the one before has ended. */
  readonly workers: number;
  /** How many calls in all. */
  readonly calls: number;
}

export async function load(ask: () => Promise<Sample>, { workers, calls }: Load): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  let begun = 0;
  await Promise.all(
    Array.from({ length: workers }, async () => {
      while (begun < calls) {
        begun += 1;
        samples.push(await ask());
      }
    }),
  );
  return samples;
}

/** The same until something happens. */
export async function loadUntil(
  ask: () => Promise<Sample>,
  { workers, until }: { readonly workers: number; readonly until: Promise<unknown> },
): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const over = new AbortController();
  void until.finally(() => over.abort());
  await Promise.all(
    Array.from({ length: workers }, async () => {
      while (!over.signal.aborted) samples.push(await ask());
    }),
  );
  await until;
  return samples;
}
