export interface PenaltySettings {
  /** Divides positive and multiplies negative logits of all tokens of prompt and answer (CTRL, Keskar et al. 2019). 1 is off. */
  readonly repetitionPenalty: number;
  /** Subtracted from the logit of each token the answer has. 0 is off. */
  readonly presencePenalty: number;
  /** Subtracted from the logit of each token the answer has, once for each time. 0 is off. */
  readonly frequencyPenalty: number;
  /** Added to the logits of tokens, by their ids; ids the vocabulary does not have change nothing. */
  readonly logitBias: Readonly<Record<string, number>>;
}

export interface Penalties {
  apply(logits: Float32Array): void;
  /** Adds a token of the answer. */
  remember(token: number): void;
}

export function createPenalties(settings: PenaltySettings, promptTokens: readonly number[]): Penalties {
  const { repetitionPenalty, presencePenalty, frequencyPenalty } = settings;
  const biases = Object.entries(settings.logitBias).map(([token, bias]) => [Number(token), bias] as const);
  const seen = new Set(promptTokens);
  const answerCounts = new Map<number, number>();

  function applyRepetition(logits: Float32Array): void {
    for (const token of seen) {
      const logit = logits[token] ?? 0;
      logits[token] = logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty;
    }
  }

  function applyCounts(logits: Float32Array): void {
    for (const [token, count] of answerCounts) {
      const penalty = presencePenalty + frequencyPenalty * count;
      logits[token] = (logits[token] ?? 0) - penalty;
    }
  }

  return {
    apply(logits) {
      if (repetitionPenalty !== 1) applyRepetition(logits);
      for (const [token, bias] of biases)
        if (token < logits.length) logits[token] = (logits[token] ?? 0) + bias;
      if (presencePenalty !== 0 || frequencyPenalty !== 0) applyCounts(logits);
    },
    remember(token) {
      seen.add(token);
      answerCounts.set(token, (answerCounts.get(token) ?? 0) + 1);
    },
  };
}
