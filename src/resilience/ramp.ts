const shares = [0.1, 0.25, 0.5] as const;

/** Share of the calls that pass so long after a breaker has closed, 1 once the ramp is over. */
export function rampShare(closedForMs: number, rampMs: number): number {
  if (closedForMs >= rampMs) return 1;
  return shares[Math.floor((closedForMs / rampMs) * shares.length)] ?? 1;
}
