/**
 * How wide the run is that serves a text of so many tokens. It depends on nothing else, so the numbers of a text are the same whatever
 * shares its run; and texts of about one length meet, for a run takes as long as its widest text would alone, times its rows.
 */
export function runWidth(tokens: number, contextTokens: number): number {
  return Math.min(contextTokens, Math.ceil(tokens / step(tokens)) * step(tokens));
}

/** Padding is at most a quarter of a text of more than 48 tokens. */
function step(tokens: number): number {
  if (tokens <= 64) return 16;
  return tokens <= 256 ? 32 : 64;
}
