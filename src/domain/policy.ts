import type { Constraints } from './request.ts';
import type { Tactics } from './tactics.ts';

/** How to choose among the deployments that keep every limit. */
export interface Policy {
  readonly name: string;
  /** Relative importance, each at least 0, not all 0; the router divides by their sum. */
  readonly weights: {
    readonly cost: number;
    readonly latency: number;
    readonly quality: number;
  };
  /** Limits of the policy; a request may tighten them, never loosen. */
  readonly constraints: Constraints;
  /** How its requests go about failures. @default `defaultTactics` */
  readonly tactics?: Tactics;
}
