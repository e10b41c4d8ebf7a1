import type { ExecutionResult } from 'graphql';
import type { HttpHint } from './http-hint.ts';

/** What the root fields of one operation say of the gateway's load. */
export interface Overload {
  /** A root field could not be served for want of capacity, and is to be asked for again after this time. */
  overloaded(this: void, retryAfterMs: number): void;
  /** The result; where none of its root fields could be served, with the status 503 and Retry-After for HTTP. */
  toldIn(result: ExecutionResult): ExecutionResult;
}

export function createOverload(): Overload {
  const waitsMs: number[] = [];
  return {
    overloaded(retryAfterMs) {
      waitsMs.push(retryAfterMs);
    },
    toldIn(result) {
      if (waitsMs.length === 0 || waitsMs.length < Object.keys(result.data ?? {}).length) return result;
      const seconds = Math.ceil(Math.max(...waitsMs) / 1000);
      const http: HttpHint = { status: 503, headers: { 'retry-after': String(seconds) } };
      return { ...result, extensions: { ...result.extensions, http } };
    },
  };
}
