import type { CallScope } from '../call-scope.ts';
import type { RerankCall, RerankResult } from '../contract.ts';
import { readScript } from './read-script.ts';
import type { Theatre } from './theatre.ts';

/** Grades a document by the share of the query's words that it holds. */
export async function rerankDocuments(
  theatre: Theatre,
  { query, documents }: RerankCall,
  scope: CallScope,
): Promise<RerankResult> {
  const { truncated, usage } = await readScript(theatre, [query, ...documents], scope);
  const wanted = [...wordsOf(query)];
  return {
    scores: documents.map((document) => shareIn(wordsOf(document), wanted)),
    truncated: truncated.slice(1),
    usage,
  };
}

function shareIn(words: ReadonlySet<string>, wanted: readonly string[]): number {
  return wanted.filter((word) => words.has(word)).length / Math.max(1, wanted.length);
}

function wordsOf(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
}
