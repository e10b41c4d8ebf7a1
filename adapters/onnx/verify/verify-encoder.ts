import { join } from 'node:path';
import type { EncoderManifest } from '../model-folder.ts';
import { createEncoder } from '../encoder/encoder.ts';
import { openTextTokenizer, type TextTokenizer, type TokenizedText } from '../encoder/text-tokenizer.ts';
import { openGraphSession } from '../engine/graph-session.ts';
import { encoderAgreementOf, type EncoderAgreement, type VectorPair } from './encoder-agreement.ts';
import { openEncoderFolderReference } from './encoder-folder-reference.ts';
import type { EncoderReferenceModel } from './encoder-reference-model.ts';
import { referenceEncodings } from './reference-encoder.ts';
import { openSafetensorsReference } from './safetensors-reference.ts';
import type { Vector } from './vector-math.ts';
import { tokensPerText, verifyTexts } from './verify-texts.ts';
import { passedIf, referenceRow, type VerifyOptions, type VerifyRow } from './verify-row.ts';
import { withoutComparison } from './without-comparison.ts';

export interface EncoderFolder {
  readonly directory: string;
  readonly manifest: EncoderManifest;
}

/**
 * What an encoder must reach. Computing in single precision costs all-MiniLM-L6-v2 a ten-millionth, GELU by its approximation would
 * cost it a four-thousandth; a graph of another precision than its source's is far beyond.
 */
export const encoderLimits = {
  /** Between two vectors of a text. */
  leastCosine: 0.99999,
  /** Of any two numbers. */
  largestDifference: 0.0001,
} as const;

/** Compares what an encoder gives for fixed texts, all in one padded run, with what the reference encoder gives for each alone. */
export async function verifyEncoder(
  folder: EncoderFolder,
  options: VerifyOptions,
): Promise<readonly VerifyRow[]> {
  try {
    const tokenizer = await openTextTokenizer(folder.directory, tokensOfText(folder.manifest));
    const texts = textsFor(folder.manifest.encoder.task, tokenizer);
    const model = await openReference(folder, options.source);
    const startMs = options.monotonicMs();
    const expected = await runReference(model, texts, { folder, options });
    const seconds = (options.monotonicMs() - startMs) / 1000;
    const actual = await runGraph(folder, texts, tokenizer);
    options.onProgress?.({ what: 'graph', done: 1, total: 1 });
    const agreement = encoderAgreementOf(pairsOf(folder.manifest, expected, actual));
    const own = "the folder's own weights (--source takes model.safetensors)";
    return [
      referenceRow({ source: options.source, own, seconds }),
      ...agreementRows(agreement, texts.length),
    ];
  } catch (error) {
    options.signal.throwIfAborted();
    return [withoutComparison(error, { source: options.source, sourceFile: 'model.safetensors' })];
  }
}

function tokensOfText({ encoder }: EncoderManifest): number {
  return Math.min(encoder.contextTokens, 2 * tokensPerText);
}

/** Texts are of several lengths, so that padding is looked at too; of a pair the first text is the same. */
function textsFor(
  task: EncoderManifest['encoder']['task'],
  tokenizer: TextTokenizer,
): readonly TokenizedText[] {
  return verifyTexts.map((text) => tokenizer.tokenize(task === 'rerank' ? ['the moon', text] : text));
}

function openReference(folder: EncoderFolder, source: string | undefined): Promise<EncoderReferenceModel> {
  return source === undefined
    ? openEncoderFolderReference(folder)
    : openSafetensorsReference(source, folder.directory);
}

async function runReference(
  model: EncoderReferenceModel,
  texts: readonly TokenizedText[],
  { folder, options }: { readonly folder: EncoderFolder; readonly options: VerifyOptions },
): Promise<readonly Vector[]> {
  try {
    return await referenceEncodings(model, texts, {
      description: folder.manifest.encoder,
      signal: options.signal,
      onProgress: ({ steps, stepsTotal }) =>
        options.onProgress?.({ what: 'reference', done: steps, total: stepsTotal }),
    });
  } finally {
    await model.close();
  }
}

async function runGraph(
  { directory, manifest }: EncoderFolder,
  texts: readonly TokenizedText[],
  { padToken }: TextTokenizer,
): Promise<readonly Vector[]> {
  const session = await openGraphSession(join(directory, manifest.graphFile), manifest, { threads: 1 });
  try {
    const encoder = createEncoder(session, { description: manifest.encoder, padToken });
    const width = Math.max(...texts.map(({ tokens }) => tokens.length));
    const numbers = await encoder.run(texts, width);
    return numbers.map((each) => new Float64Array(each));
  } finally {
    await session.release();
  }
}

/** A single grade has no direction: all texts' together are compared. */
function pairsOf(
  { encoder }: EncoderManifest,
  expected: readonly Vector[],
  actual: readonly Vector[],
): readonly VectorPair[] {
  if (encoder.task === 'rerank') return [{ expected: joined(expected), actual: joined(actual) }];
  return expected.map((each, at) => ({ expected: each, actual: actual[at] ?? new Float64Array() }));
}

function joined(vectors: readonly Vector[]): Vector {
  return Float64Array.from(vectors.flatMap((vector) => [...vector]));
}

function agreementRows(
  { leastCosine, meanCosine, largestDifference }: EncoderAgreement,
  texts: number,
): readonly VerifyRow[] {
  return [
    passedIf(
      leastCosine >= encoderLimits.leastCosine,
      'cosine',
      `${leastCosine.toFixed(7)} at least, ${meanCosine.toFixed(7)} on average of ${texts} texts ` +
        `(at least ${encoderLimits.leastCosine})`,
    ),
    passedIf(
      largestDifference <= encoderLimits.largestDifference,
      'numbers',
      `${largestDifference.toExponential(1)} apart at most (at most ${encoderLimits.largestDifference})`,
    ),
  ];
}
