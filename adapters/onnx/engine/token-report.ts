import type { LikelyToken, TokenLogProbability } from '../../contract.ts';
import { placeProbabilities, type TokenProbability } from './log-probabilities.ts';

/** Tells how likely the tokens of an answer were, with the text that they are of. */
export interface TokenReport {
  /** Looks at the logits of a place; the function takes the token that was chosen. */
  look(logits: Float32Array): (token: number) => void;
  /** What is told with a text that is given out: of all tokens looked at since the last one. */
  take(): TokenLogProbability[];
}

export function createTokenReport(topCount: number, decode: (tokens: number[]) => string): TokenReport {
  const untold: TokenLogProbability[] = [];
  const likely = ({ token, logProbability }: TokenProbability): LikelyToken => ({
    text: decode([token]),
    logProbability,
  });
  return {
    look(logits) {
      const place = placeProbabilities(logits, topCount);
      return (token) => {
        untold.push({ ...likely({ token, logProbability: place.of(token) }), top: place.top.map(likely) });
      };
    },
    take: () => untold.splice(0),
  };
}
