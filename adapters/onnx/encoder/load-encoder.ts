import { join } from 'node:path';
import { LoadFailure } from '../load-failure.ts';
import { openGraphSession } from '../engine/graph-session.ts';
import type { EncoderManifest } from '../model-folder.ts';
import { createEncoderEngine, type EncoderEngine } from './encoder-engine.ts';
import { createEncoder, type Encoder } from './encoder.ts';
import { openTextTokenizer, type TextTokenizer } from './text-tokenizer.ts';

export interface EncoderLoad {
  readonly directory: string;
  readonly manifest: EncoderManifest;
  readonly settings: {
    readonly threads: number;
    readonly contextTokens: number;
    readonly batchWindowMs: number;
  };
}

/** Brings an encoder up to where it answers. Throws `LoadFailure` for what is wrong with the folder. */
export async function loadEncoder(
  { directory, manifest, settings }: EncoderLoad,
  options: { readonly onFatal: (error: unknown) => void },
): Promise<EncoderEngine> {
  const { threads, contextTokens, batchWindowMs } = settings;
  const tokenizer = await openTextTokenizer(directory, contextTokens);
  const session = await openGraphSession(join(directory, manifest.graphFile), manifest, threads);
  const encoder = createEncoder(session, { description: manifest.encoder, padToken: tokenizer.padToken });
  await probe(encoder, tokenizer, manifest);
  return createEncoderEngine({
    ...options,
    encoder,
    tokenizer,
    contextTokens,
    batchWindowMs,
    after: (delayMs, callback) => void setTimeout(callback, delayMs),
  });
}

/** One run, so that a graph that does not fit its manifest or its tokenizer shows now and not in the first answer. */
async function probe(encoder: Encoder, tokenizer: TextTokenizer, manifest: EncoderManifest): Promise<void> {
  const { encoder: description, graphFile } = manifest;
  const text = tokenizer.tokenize(description.task === 'rerank' ? ['a', 'b'] : 'a');
  const numbers = await encoder.run([text], text.tokens.length).catch((cause: unknown) => {
    throw new LoadFailure(
      `The graph ${graphFile} cannot be run: it does not fit its configuration or its tokenizer.`,
      {
        cause,
      },
    );
  });
  const expected = expectedNumbers(description);
  if (numbers[0]?.length === expected && numbers[0].every(Number.isFinite)) return;
  throw new LoadFailure(
    `The graph ${graphFile} does not give the ${expected} numbers a text that its configuration promises.`,
  );
}

function expectedNumbers(description: EncoderManifest['encoder']): number {
  switch (description.task) {
    case 'embed':
      return description.dimensions;
    case 'classify':
      return description.labels.length;
    case 'rerank':
      return 1;
  }
}
