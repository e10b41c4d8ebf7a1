import type { Answer, DeltaPart } from '../domain/answer.ts';

/** An answer as the stream that it once was, in as few parts as it takes. */
export function* replay({
  reasoning,
  text,
  toolCalls,
  logProbabilities,
}: Answer): Generator<DeltaPart, void> {
  if (reasoning !== undefined) yield { type: 'reasoning-delta', text: reasoning };
  if (text !== '') {
    yield { type: 'text-delta', text, ...(logProbabilities === undefined ? {} : { logProbabilities }) };
  }
  for (const { index, id, name, arguments: argumentsDelta } of toolCalls) {
    yield { type: 'tool-call-delta', index, id, name, argumentsDelta };
  }
}
