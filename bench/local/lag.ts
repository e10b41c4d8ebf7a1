import { get, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';

/** Measures in the process into which it is loaded, and answers at the socket. */
export function lagProbe(socketPath: string): URL {
  return new URL(`lag-probe.ts?${new URLSearchParams({ socket: socketPath }).toString()}`, import.meta.url);
}

const lagSchema = z.object({ p99Ms: z.number() });

/** How late a timer of one millisecond was since the last call, in milliseconds: 99 of 100 times no later. */
export async function eventLoopLagP99Ms(socketPath: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  get({ socketPath }, resolve).on('error', reject);
  return lagSchema.parse(await json(await promise)).p99Ms;
}
