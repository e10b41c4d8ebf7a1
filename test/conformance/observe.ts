import { getEventListeners } from 'node:events';
import { expect } from 'vitest';
import type { ModelAdapter, ModelCall, StreamPart } from '../../adapters/contract.ts';
import { AdapterError, type AdapterErrorKind } from '../../adapters/errors.ts';

export type FinishPart = Extract<StreamPart, { type: 'finish' }>;

/** Starts a call; fails where the adapter has no `generate`. */
export function generate(
  adapter: ModelAdapter,
  call: ModelCall,
  signal: AbortSignal = new AbortController().signal,
): AsyncIterator<StreamPart> {
  if (adapter.generate === undefined) throw new Error('the adapter has no generate');
  return adapter.generate(call, signal)[Symbol.asyncIterator]();
}

/** All parts of a call. */
export async function partsOf(
  adapter: ModelAdapter,
  call: ModelCall,
  signal?: AbortSignal,
): Promise<readonly StreamPart[]> {
  return drain(generate(adapter, call, signal));
}

export async function drain(iterator: AsyncIterator<StreamPart>): Promise<StreamPart[]> {
  const parts: StreamPart[] = [];
  for (;;) {
    const step = await iterator.next();
    if (step.done === true) return parts;
    parts.push(step.value);
  }
}

export function textOf(parts: readonly StreamPart[]): string {
  return parts.map((part) => (part.type === 'text-delta' ? part.text : '')).join('');
}

export function finishOf(parts: readonly StreamPart[]): FinishPart {
  const last = parts.at(-1);
  if (last?.type !== 'finish') throw new Error(`the last part is ${last?.type ?? 'missing'}, not finish`);
  return last;
}

/** Takes parts up to and including the first text. */
export async function firstText(iterator: AsyncIterator<StreamPart>): Promise<string> {
  for (;;) {
    const step = await iterator.next();
    if (step.done === true) throw new Error('the call ended before its first text');
    if (step.value.type === 'text-delta') return step.value.text;
  }
}

/** The error a promise rejects with, which must be an `AdapterError` of the kind. */
export async function adapterErrorOf(
  promise: Promise<unknown>,
  kind: AdapterErrorKind,
): Promise<AdapterError> {
  const error: unknown = await promise.then(
    () => {
      throw new Error(`the call succeeded instead of failing with ${kind}`);
    },
    (reason: unknown) => reason,
  );
  if (!(error instanceof AdapterError)) throw error;
  expect(error.kind, error.message).toBe(kind);
  return error;
}

export function listenersOn(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}

/** What the contract allows between the abort and the end of the call. */
const abortLimitMs = 100;

/**
 * Runs the trial until one takes at most 100 ms, three times at the most: a busy machine may delay one, not all.
 * The trial returns how long the adapter took.
 */
export async function endsSoon(trial: () => Promise<number>): Promise<void> {
  const tries: number[] = [];
  while (tries.length < 3 && !tries.some((ms) => ms <= abortLimitMs)) tries.push(await trial());
  expect(Math.min(...tries), 'milliseconds from the abort to the end of the call').toBeLessThanOrEqual(
    abortLimitMs,
  );
}

/** Milliseconds until the promise settles, either way. */
export async function settlesAfterMs(promise: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await promise.catch(() => undefined);
  return performance.now() - start;
}
