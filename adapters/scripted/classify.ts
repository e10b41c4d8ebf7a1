import { createHash } from 'node:crypto';
import type { CallScope } from '../call-scope.ts';
import type { ClassifyCall, ClassifyResult, LabelScore } from '../contract.ts';
import { readScript } from './read-script.ts';
import type { Theatre } from './theatre.ts';

/** The labels of the options with scores that depend on nothing but the text. */
export async function classifyTexts(
  theatre: Theatre,
  { texts }: ClassifyCall,
  scope: CallScope,
): Promise<ClassifyResult> {
  const told = await readScript(theatre, texts, scope);
  return { scores: texts.map((text) => scoresOf(text, theatre.labels)), ...told };
}

function scoresOf(text: string, labels: readonly string[]): LabelScore[] {
  const weights = labels.map(
    (label) => 1 + createHash('sha256').update(`${label}\n${text}`).digest().readUInt8(),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return labels
    .map((label, index) => ({ label, score: (weights[index] ?? 0) / sum }))
    .sort((left, right) => right.score - left.score);
}
