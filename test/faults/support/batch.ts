import { input, overSse, stream, type Streamed } from './clients.ts';

const long = {
  ...input,
  constraints: { localOnly: true },
  sampling: { maxOutputTokens: 3000 },
  timeoutMs: 30_000,
};

/** Long streams of a local model, all of which have begun. */
export async function batchOf(size: number, url: string): Promise<readonly Promise<Streamed>[]> {
  const begun = Array.from({ length: size }, () => Promise.withResolvers<void>());
  const streams = begun.map(({ resolve }) => stream(overSse(url, long), () => resolve()));
  await Promise.all(begun.map(({ promise }) => promise));
  return streams;
}
