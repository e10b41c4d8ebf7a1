import type { KeyValuePool } from './key-value-pool.ts';

/**
 * What a run of the graph costs beside its rows, in cache positions computed over: reading the weights. Measured on SmolLM2-135M with
 * two threads: a run of one row takes 7 ms, a position 1.2 us.
 */
const runCostPositions = 5_000;

/**
 * Merges pools, most alike first, as long as the run that is saved costs more than the positions that shorter rows then compute over
 * in vain. Returns those that are left.
 */
export function mergePools(pools: readonly KeyValuePool[]): readonly KeyValuePool[] {
  const left = pools.toSorted((one, other) => one.capacity - other.capacity);
  for (let pair = cheapestPair(left); pair !== undefined; pair = cheapestPair(left)) {
    pair.host.absorb(pair.guest);
    left.splice(left.indexOf(pair.guest), 1);
  }
  return left;
}

interface Pair {
  readonly host: KeyValuePool;
  readonly guest: KeyValuePool;
  readonly wastedPositions: number;
}

/** Of neighbours in the order of length the pair whose merging costs least, if it pays at all. */
function cheapestPair(byLength: readonly KeyValuePool[]): Pair | undefined {
  let cheapest: Pair | undefined;
  for (const [index, guest] of byLength.entries()) {
    const host = byLength[index + 1];
    if (host === undefined) break;
    const wastedPositions = guest.rows.length * (host.capacity - guest.capacity);
    const limit = cheapest?.wastedPositions ?? runCostPositions;
    if (wastedPositions < limit) cheapest = { host, guest, wastedPositions };
  }
  return cheapest;
}
