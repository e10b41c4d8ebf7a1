import { createPenalties, type PenaltySettings } from './penalties.ts';
import { createRandomSource } from './random.ts';
import type { TokenConstraint } from './token-constraint.ts';
import { drawToken, mostLikelyToken } from './token-draw.ts';

export interface SamplerSettings extends PenaltySettings {
  /** 0 takes the most likely token. */
  readonly temperature: number;
  /** Left out keeps the whole vocabulary. */
  readonly topK?: number | undefined;
  /** 1 keeps everything. Applied to what `topK` left, renormalised. */
  readonly topP: number;
  /** Drops tokens less than this fraction as likely as the most likely one. 0 keeps everything. Applied first. */
  readonly minP: number;
  readonly seed: number;
}

export interface Sampler {
  /** Chooses the next token and remembers it. Overwrites the logits. */
  next(logits: Float32Array): number;
}

/** Penalties, the constraint, temperature, top-k, top-p and a draw, in the order the usual libraries have. */
export function createSampler(
  settings: SamplerSettings,
  promptTokens: readonly number[],
  constraint?: TokenConstraint,
): Sampler {
  const random = createRandomSource(settings.seed);
  const penalties = createPenalties(settings, promptTokens);
  return {
    next(logits) {
      penalties.apply(logits);
      constraint?.mask(logits);
      const token =
        settings.temperature === 0 ? mostLikelyToken(logits) : drawToken(logits, settings, random);
      penalties.remember(token);
      constraint?.accept(token);
      return token;
    },
  };
}
