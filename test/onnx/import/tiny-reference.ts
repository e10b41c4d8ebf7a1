import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openGgufReference } from '../../../adapters/onnx/verify/gguf-reference.ts';
import { referenceLogits } from '../../../adapters/onnx/verify/reference-decoder.ts';
import type { ReferenceModel } from '../../../adapters/onnx/verify/reference-model.ts';
import { ggufBytes, type GgufContent } from '../../support/gguf-bytes.ts';
import { temporaryFolder } from './tiny-folder.ts';

/** What the reference decoder says after the last of the tokens. */
export async function referenceOf(content: GgufContent, tokens: readonly number[]): Promise<Float64Array> {
  const file = join(await temporaryFolder(), 'reference.gguf');
  await writeFile(file, ggufBytes(content));
  return lastLogits(await openGgufReference(file), tokens);
}

/** Closes the model. */
export async function lastLogits(model: ReferenceModel, tokens: readonly number[]): Promise<Float64Array> {
  try {
    const [logits] = await referenceLogits(model, [tokens], { signal: new AbortController().signal });
    return logits?.at(-1) ?? new Float64Array();
  } finally {
    await model.close();
  }
}

/** How far logits are from the expected ones, in standard deviations of the expected. */
export function distance(actual: ArrayLike<number>, expected: Float64Array): number {
  const mean = expected.reduce((sum, value) => sum + value, 0) / expected.length;
  const errors = expected.map((value, index) => value - (actual[index] ?? NaN));
  return Math.sqrt(sumOfSquares(errors) / sumOfSquares(expected.map((value) => value - mean)));
}

function sumOfSquares(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
