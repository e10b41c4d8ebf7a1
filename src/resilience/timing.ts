import type { Deployment } from '../domain/deployment.ts';

export interface Patience {
  /** How long an attempt may stay without a first part while another target waits. */
  readonly firstTokenTimeoutMs: number;
  /** Silence from which on an attempt that got no first part counts against the deployment's health. */
  readonly blameAfterMs: number;
}

/**
 * A caller may allow far less time than a healthy model needs: the attempt ends then, but the deployment is not to blame.
 * Local models first work off a queue on this machine, so they are given longer; so are answers that come in one piece, which show
 * nothing before they are whole.
 */
export function patienceWith({ local, latencyPrior }: Deployment, whole: boolean): Patience {
  const isSlowToShow = local || whole;
  return {
    firstTokenTimeoutMs: Math.max(isSlowToShow ? 120_000 : 30_000, 10 * latencyPrior.firstTokenMs),
    blameAfterMs: Math.max(isSlowToShow ? 60_000 : 10_000, 3 * latencyPrior.firstTokenMs),
  };
}

/** A silent target gets at most half of the time left while others could still answer; the last one gets all of it. */
export function firstTokenBudgetMs(patience: Patience, leftMs: number, othersWait: boolean): number {
  return othersWait ? Math.min(patience.firstTokenTimeoutMs, leftMs / 2) : leftMs;
}

/** How long a driver may take to obey its signal or to let go of a stream; the contract of adapters asks for 100 ms. */
export const driverGraceMs = 1000;
