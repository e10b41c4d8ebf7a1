import { openChatTokenizer } from '../engine/chat-tokenizer.ts';
import type { DecoderManifest } from '../model-folder.ts';
import { agreementOf, nearTie, type Agreement } from './agreement.ts';
import { deltaLogits } from './delta-logits.ts';
import { openDeltaRunner } from './delta-runner.ts';
import { openFolderReference } from './folder-reference.ts';
import { openGgufReference } from './gguf-reference.ts';
import { referenceLogits } from './reference-decoder.ts';
import type { ReferenceModel } from './reference-model.ts';
import { tokensPerText, verifyTexts } from './verify-texts.ts';
import { passedIf, referenceRow, type VerifyOptions, type VerifyRow } from './verify-row.ts';
import type { Vector } from './vector-math.ts';
import { withoutComparison } from './without-comparison.ts';

export interface DecoderFolder {
  readonly directory: string;
  readonly manifest: DecoderManifest;
}

/**
 * What a model must reach. Rounding weights and activations to int8 costs 0.005 nats and one token in thirty on trained models, a wrong
 * rotation or mask nats and most tokens.
 */
export const decoderLimits = {
  /** Least share of positions with the reference's likeliest token, near ties excused. */
  top1NearTies: 0.93,
  /** Nats. */
  meanKl: 0.03,
  /** Standard deviations of the reference's logits. */
  relativeDifference: 0.2,
} as const;

/** Compares a decoder in delta form with the reference decoder, token by token along fixed texts. */
export async function verifyDecoder(
  folder: DecoderFolder,
  options: VerifyOptions,
): Promise<readonly VerifyRow[]> {
  try {
    const texts = await tokensOf(folder);
    const model = await openReference(folder, options.source);
    const startMs = options.monotonicMs();
    const expected = await runReference(model, texts, options);
    const seconds = (options.monotonicMs() - startMs) / 1000;
    const actual = await runGraph(folder, texts, options);
    const pairs = expected.flatMap((text, at) =>
      text.map((logits, token) => ({ expected: logits, actual: actual[at]?.[token] ?? new Float32Array() })),
    );
    const own =
      "the folder's own weights (what rounding them cost does not show; --source takes the GGUF file)";
    return [referenceRow({ source: options.source, own, seconds }), ...agreementRows(agreementOf(pairs))];
  } catch (error) {
    options.signal.throwIfAborted();
    return [withoutComparison(error, { source: options.source, sourceFile: 'its GGUF file' })];
  }
}

async function tokensOf({ directory, manifest }: DecoderFolder): Promise<readonly (readonly number[])[]> {
  const tokenizer = await openChatTokenizer(directory);
  const { bos } = manifest.tokens;
  return verifyTexts.map((text) =>
    [...(bos === undefined ? [] : [bos]), ...tokenizer.encode(text)].slice(0, tokensPerText),
  );
}

function openReference(folder: DecoderFolder, source: string | undefined): Promise<ReferenceModel> {
  return source === undefined ? openFolderReference(folder) : openGgufReference(source);
}

async function runReference(
  model: ReferenceModel,
  texts: readonly (readonly number[])[],
  { signal, onProgress }: VerifyOptions,
): Promise<readonly (readonly Vector[])[]> {
  try {
    return await referenceLogits(model, texts, {
      signal,
      onProgress: ({ steps, stepsTotal }) =>
        onProgress?.({ what: 'reference', done: steps, total: stepsTotal }),
    });
  } finally {
    await model.close();
  }
}

async function runGraph(
  { directory }: DecoderFolder,
  texts: readonly (readonly number[])[],
  { signal, onProgress }: VerifyOptions,
): Promise<readonly (readonly Float32Array[])[]> {
  const runner = await openDeltaRunner(directory);
  try {
    const all: (readonly Float32Array[])[] = [];
    for (const tokens of texts) {
      all.push(await deltaLogits(runner, tokens, signal));
      onProgress?.({ what: 'graph', done: all.length, total: texts.length });
    }
    return all;
  } finally {
    await runner.close();
  }
}

function agreementRows(agreement: Agreement): readonly VerifyRow[] {
  const { positions, top1, top1NearTies, meanKl, largestDifference, relativeDifference } = agreement;
  return [
    passedIf(
      top1NearTies >= decoderLimits.top1NearTies,
      'top-1',
      `${percent(top1)} of ${positions} tokens, ${percent(top1NearTies)} with ties below ${nearTie} nats excused ` +
        `(at least ${percent(decoderLimits.top1NearTies)})`,
    ),
    passedIf(
      meanKl <= decoderLimits.meanKl,
      'divergence',
      `${meanKl.toFixed(4)} nats on average (at most ${decoderLimits.meanKl})`,
    ),
    passedIf(
      relativeDifference <= decoderLimits.relativeDifference,
      'logits',
      `${largestDifference.toFixed(2)} apart at most, ${relativeDifference.toFixed(3)} of their spread on average ` +
        `(at most ${decoderLimits.relativeDifference})`,
    ),
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
