import type { Deployment } from './deployment.ts';
import type { NanoUsd } from './money.ts';

export const rejectionCodes = [
  'NOT_READY',
  'LOAD_FAILED',
  'BREAKER_OPEN',
  'COOLING_DOWN',
  'CREDENTIAL_REFUSED',
  'NOT_LOCAL',
  'CAPABILITY_MISSING',
  'PARAMETER_UNSUPPORTED',
  'CONTEXT_TOO_SHORT',
  'OVER_MAX_COST',
  'OVER_MAX_FIRST_TOKEN',
  'OVER_MAX_LATENCY',
] as const;
export type RejectionCode = (typeof rejectionCodes)[number];

/** Why a deployment cannot serve a request, in words for clients. */
export interface Rejection {
  readonly deployment: Deployment;
  readonly code: RejectionCode;
  readonly reason: string;
}

export interface CostRange {
  readonly minNanoUsd: NanoUsd;
  readonly expectedNanoUsd: NanoUsd;
  readonly maxNanoUsd: NanoUsd;
}

export interface LatencyEstimate {
  readonly firstTokenMs: number;
  readonly totalMs: number;
}

/** One addend of a score; the score is the sum of the terms' values. */
export interface ScoreTerm {
  readonly name: 'cost' | 'latency' | 'quality';
  readonly value: number;
}

export interface Candidate {
  readonly deployment: Deployment;
  /** From 1, best first. */
  readonly rank: number;
  /** 0 to 1, higher is better; comparable only within one plan. */
  readonly score: number;
  readonly terms: readonly ScoreTerm[];
  readonly cost: CostRange;
  readonly latency: LatencyEstimate;
  readonly quality: number;
}

export interface Plan {
  readonly policy: string;
  /** Best first. Empty where every deployment was rejected. */
  readonly candidates: readonly Candidate[];
  readonly rejected: readonly Rejection[];
  /**
   * Whether the candidates are deployments with open breakers, because every one that could serve the request has one: the one that
   * may be probed the soonest is first, whatever the scores.
   */
  readonly panic: boolean;
  /** Most calls that may be made to them for this request. */
  readonly maxAttempts: number;
}
