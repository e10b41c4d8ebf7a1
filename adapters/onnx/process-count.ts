import { availableParallelism } from 'node:os';
import type { OnnxOptions } from './options.ts';

/** Beyond this a further thread gains a small model less than a further process gains its callers. */
const coresOfProcess = 4;

/** Processes that a model runs in, as far as the memory holds them. */
export function processCount({ processes }: Pick<OnnxOptions, 'processes'>): number {
  return processes === 'auto' ? Math.max(1, Math.floor(availableParallelism() / coresOfProcess)) : processes;
}
