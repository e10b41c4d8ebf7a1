/** How much goes into a run of the graph: what takes about `targetRunMs` at the fastest pace that was seen. */
export interface RunBudget {
  /** Most tokens of the next run, with their padding; a longer text has a run of its own. */
  tokens(): number;
  /** A run of so many tokens took so long. */
  ran(tokens: number, tookMs: number): void;
}

/**
 * A run cannot be cut short, so whoever comes during one waits for its end. Longer runs gain nothing: a token of all-MiniLM-L6-v2 costs
 * the same processor time in runs of 128 to 4,096 (`npm run bench:encoder`).
 */
const targetRunMs = 50;

/** Bounds the memory of a run on machines that reach this many in time: twice as many take 80 MB more (the same command). */
const mostTokens = 2_048;

/** Matrix products of fewer rows are slow whatever the machine. */
const leastTokens = 64;

export interface RunBudgetOptions {
  /** Every text has a run of its own. @default false */
  readonly oneText?: boolean;
}

export function createRunBudget({ oneText = false }: RunBudgetOptions = {}): RunBudget {
  // A slow run may have shared its processors with others, a fast one cannot have had more of them than there are.
  let tokensPerMs = 0;
  return {
    tokens() {
      if (oneText) return 0;
      return Math.min(mostTokens, Math.max(leastTokens, Math.floor(targetRunMs * tokensPerMs)));
    },
    ran(tokens, tookMs) {
      tokensPerMs = Math.max(tokensPerMs, tokens / tookMs);
    },
  };
}
