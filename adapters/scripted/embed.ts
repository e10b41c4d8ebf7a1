import { createHash } from 'node:crypto';
import type { CallScope } from '../call-scope.ts';
import type { EmbedCall, EmbedResult } from '../contract.ts';
import { readScript } from './read-script.ts';
import type { Theatre } from './theatre.ts';

/** A vector a text, after the waits and faults of the rule that holds for the texts. */
export async function embedTexts(
  theatre: Theatre,
  { texts }: EmbedCall,
  scope: CallScope,
): Promise<EmbedResult> {
  const { dimensions } = theatre;
  const told = await readScript(theatre, texts, scope);
  return { vectors: texts.map((text) => vectorOf(text, dimensions)), dimensions, ...told };
}

/** Of length 1, and dependent on nothing but the text: equal texts get equal vectors, others unrelated ones. */
function vectorOf(text: string, dimensions: number): readonly number[] {
  const hash = createHash('shake256', { outputLength: 4 * dimensions });
  const bytes = hash.update(text).digest();
  const numbers = Array.from({ length: dimensions }, (_, place) => bytes.readInt32LE(4 * place));
  const length = Math.hypot(...numbers);
  return numbers.map((value) => value / length);
}
