import { join } from 'node:path';
import { openGraphSession } from '../engine/graph-session.ts';
import type { EncoderManifest } from '../model-folder.ts';
import { createEncoderEngine, type EncoderEngine } from './encoder-engine.ts';
import { createEncoder } from './encoder.ts';
import { createRunBudget } from './run-budget.ts';
import { openTextTokenizer } from './text-tokenizer.ts';
import { tryEncoder } from './try-encoder.ts';

export interface EncoderLoad {
  readonly directory: string;
  readonly manifest: EncoderManifest;
  readonly settings: {
    readonly threads: number;
    readonly contextTokens: number;
    readonly batchWindowMs: number;
  };
}

export interface LoadEncoderOptions {
  readonly monotonicMs: () => number;
  readonly onFatal: (error: unknown) => void;
}

export interface LoadedEncoder {
  readonly engine: EncoderEngine;
  /** About what a run over the longest text takes, which cannot be cut short. */
  readonly longestRunMs: number;
  /** Whether texts share runs. */
  readonly batched: boolean;
}

/** Brings an encoder up to where it answers. Throws `LoadFailure` for what is wrong with the folder. */
export async function loadEncoder(
  { directory, manifest, settings }: EncoderLoad,
  options: LoadEncoderOptions,
): Promise<LoadedEncoder> {
  const { threads, contextTokens, batchWindowMs } = settings;
  const tokenizer = await openTextTokenizer(directory, contextTokens);
  const session = await openGraphSession(join(directory, manifest.graphFile), manifest, { threads });
  const encoder = createEncoder(session, { description: manifest.encoder, padToken: tokenizer.padToken });
  const { tokens, tookMs, batches } = await tryEncoder({ ...options, encoder, tokenizer, manifest });
  const budget = createRunBudget({ oneText: !batches });
  budget.ran(tokens, tookMs);
  const engine = createEncoderEngine({
    ...options,
    encoder,
    tokenizer,
    contextTokens,
    batchWindowMs,
    budget,
    after: (delayMs, callback) => void setTimeout(callback, delayMs),
  });
  return { engine, longestRunMs: (tookMs * contextTokens) / tokens, batched: batches };
}
