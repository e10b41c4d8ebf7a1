import { basename } from 'node:path';

/** One line of a verification. */
export interface VerifyRow {
  /** What was looked at, in one or two words. */
  readonly check: string;
  /** `skipped` where there is nothing to compare with; it is no failure. */
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** What was found, with the limit it was held against. */
  readonly found: string;
}

export interface VerifyOptions {
  /** Path of the GGUF or safetensors file that the model was imported from. @default none: the folder's own weights are taken */
  readonly source?: string | undefined;
  readonly signal: AbortSignal;
  /** To say how long the reference took. */
  readonly monotonicMs: () => number;
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
}

export interface VerifyProgress {
  /** What is being done, such as `reference`. */
  readonly what: string;
  readonly done: number;
  readonly total: number;
}

export function passedIf(passed: boolean, check: string, found: string): VerifyRow {
  return { check, outcome: passed ? 'passed' : 'failed', found };
}

export interface ReferenceSource {
  /** Path of the file that was named. */
  readonly source: string | undefined;
  /** What to call the weights that are taken otherwise. */
  readonly own: string;
  readonly seconds: number;
}

/** What the graph was compared with. */
export function referenceRow({ source, own, seconds }: ReferenceSource): VerifyRow {
  const weights = source === undefined ? own : `the weights of ${basename(source)}`;
  return passedIf(true, 'reference', `double precision on ${weights}, ${seconds.toFixed(0)} s`);
}
