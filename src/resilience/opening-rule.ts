import type { BreakerSettings } from '../domain/breaker-settings.ts';
import type { CallTotals } from './call-window.ts';

export interface ClosedRecord {
  readonly totals: CallTotals;
  /** In a row, up to now. */
  readonly failuresInARow: number;
  readonly connectFailuresInARow: number;
  /** Share of the calls that pass now; see `rampShare`. */
  readonly share: number;
}

/** Why a closed breaker opens, in words for operators; `undefined` where it stays closed. */
export function reasonToOpen(
  { totals, failuresInARow, connectFailuresInARow, share }: ClosedRecord,
  settings: BreakerSettings,
): string | undefined {
  if (connectFailuresInARow >= settings.connectFailures) {
    return `${connectFailuresInARow} connections failed in a row`;
  }
  const { calls, failures, slow } = totals;
  const within = `within ${settings.windowMs / 1000} s`;
  if (calls >= minimumCalls(share, settings)) {
    if (failures / calls >= settings.failureRate) return `${failures} of ${calls} calls failed ${within}`;
    if (slow / calls >= settings.slowCallRate) return `${slow} of ${calls} calls were slow ${within}`;
  }
  // A deployment that has just answered hundreds would otherwise have to fail as often before its rate shows it.
  if (failuresInARow >= settings.consecutiveFailures) return `${failuresInARow} calls failed in a row`;
  return undefined;
}

/** Where a tenth of the calls pass, a tenth of the minimum must do, but never fewer than probed. */
function minimumCalls(share: number, { minimumCalls: whole, probes }: BreakerSettings): number {
  return Math.min(whole, Math.max(probes, Math.ceil(whole * share)));
}
