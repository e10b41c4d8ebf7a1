import { distance } from 'fastest-levenshtein';

const mostSuggestions = 3;

/** Known names that `name` may have meant, the nearest first; at most three, and none where nothing is near. */
export function nearestNames(name: string, known: Iterable<string>): readonly string[] {
  const meant = name.toLowerCase();
  // A third of the letters wrong is still the same word to a reader; two always are, for short names.
  const furthest = Math.max(2, Math.floor(meant.length / 3));
  return [...known]
    .map((candidate) => ({ candidate, edits: edits(meant, candidate.toLowerCase()) }))
    .filter((entry) => entry.edits <= furthest)
    .sort((a, b) => a.edits - b.edits || a.candidate.localeCompare(b.candidate))
    .filter((entry, _, [best]) => entry.edits <= (best?.edits ?? 0) + 1)
    .slice(0, mostSuggestions)
    .map((entry) => entry.candidate);
}

/** The end of an error message: ` (did you mean "port"?)`, or nothing where no known name is near. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const nearest = nearestNames(name, known).map((candidate) => `"${candidate}"`);
  return nearest.length === 0 ? '' : ` (did you mean ${nearest.join(' or ')}?)`;
}

/** A name cut short counts as one edit: `input` is near to `inputUsdPerMillionTokens`. */
function edits(meant: string, candidate: string): number {
  const cutShort = meant.length >= 3 && candidate.startsWith(meant) && candidate !== meant;
  return cutShort ? 1 : distance(meant, candidate);
}
