/**
 * The merges of a SentencePiece tokenizer: joining two tokens gives a third, and of all joins in a text the one whose outcome has the
 * best score is made first. So every way to cut a token into two others is a merge, ranked by the token's score.
 *
 * @param mergeable ids of the tokens that text may become; the others are control tokens, bytes and what is cut out beforehand
 */
export function sentencePieceMerges(
  tokens: readonly string[],
  scores: readonly number[],
  mergeable: readonly number[],
): readonly (readonly [string, string])[] {
  const known = new Set(mergeable.map((id) => tokens[id] ?? ''));
  const byScore = mergeable.toSorted(
    (left, right) => (scores[right] ?? 0) - (scores[left] ?? 0) || left - right,
  );
  return byScore.flatMap((id) => cuts(tokens[id] ?? '', known));
}

function cuts(token: string, known: ReadonlySet<string>): (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  for (let at = 1; at < token.length; at += 1) {
    const cut = [token.slice(0, at), token.slice(at)] as const;
    if (known.has(cut[0]) && known.has(cut[1])) found.push(cut);
  }
  return found;
}
