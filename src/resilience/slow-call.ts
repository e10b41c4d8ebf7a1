import type { BreakerSettings } from '../domain/breaker-settings.ts';

/**
 * When a first token is late, in milliseconds after the call. A limit of its own keeps fast deployments from being called slow for a
 * few seconds; the percentile keeps those out that always take long. `p95FirstTokenMs` is `undefined` before anything was measured.
 */
export function slowAfterMs(
  { slowCallMs, slowCallFactor }: Pick<BreakerSettings, 'slowCallMs' | 'slowCallFactor'>,
  p95FirstTokenMs: number | undefined,
): number {
  return Math.max(slowCallMs, slowCallFactor * (p95FirstTokenMs ?? 0));
}
