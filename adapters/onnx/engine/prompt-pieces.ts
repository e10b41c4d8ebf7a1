/**
 * Nothing can be cancelled during a run, and nobody else gets a token while a prompt is computed, so a long prompt goes in by pieces
 * that take a fraction of a second. Their borders depend on nothing but the place in the prompt: the order in which numbers are summed
 * follows the borders, and the same prompt must give the same bits whoever else is served and whatever is in the prefix cache.
 */
export const promptPieceTokens = 64;

/** The piece that begins at `from`, a border. */
export function promptPiece(promptTokens: readonly number[], from: number): readonly number[] {
  return promptTokens.slice(from, from + promptPieceTokens);
}
