import type { BreakerSettings } from '../domain/breaker-settings.ts';
import type { CallTotals } from './call-window.ts';

export interface ClosedRecord {
  readonly totals: CallTotals;
  /** In a row, up to now. */
  readonly connectFailures: number;
  /** Share of the calls that pass now; see `rampShare`. */
  readonly share: number;
}

/** Why a closed breaker opens, in words for operators; `undefined` where it stays closed. */
export function reasonToOpen(
  { totals, connectFailures, share }: ClosedRecord,
  settings: BreakerSettings,
): string | undefined {
  if (connectFailures >= settings.connectFailures) return `${connectFailures} connections failed in a row`;
  const { calls, failures, slow } = totals;
  if (calls < minimumCalls(share, settings)) return undefined;
  const within = `within ${settings.windowMs / 1000} s`;
  if (failures / calls >= settings.failureRate) return `${failures} of ${calls} calls failed ${within}`;
  if (slow / calls >= settings.slowCallRate) return `${slow} of ${calls} calls were slow ${within}`;
  return undefined;
}

/** Where a tenth of the calls pass, a tenth of the minimum must do, but never fewer than probed. */
function minimumCalls(share: number, { minimumCalls: whole, probes }: BreakerSettings): number {
  return Math.min(whole, Math.max(probes, Math.ceil(whole * share)));
}
