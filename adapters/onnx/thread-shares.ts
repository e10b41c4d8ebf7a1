/** What a model asks of the cores. */
export interface ThreadClaim {
  readonly processes: number;
  /** Threads of each process; `undefined` leaves it to the share. */
  readonly threads: number | undefined;
}

/** More threads than this gain nothing on the small models that CPUs serve. */
const maxDefaultThreads = 8;

/**
 * Threads of each process, in the order of the claims. In sum there are no more than cores, unless there are more processes than
 * cores: each has at least one. Claims that name a number get it first, as long as one core is left for every other process; the
 * rest is shared evenly among the processes of the others, 8 for each at the most.
 *
 * The claims are those of all models of the gateway, loaded or not, so that the figures do not depend on who is loaded first.
 */
export function shareThreads(cores: number, claims: readonly ThreadClaim[]): readonly number[] {
  let coresLeft = cores;
  let processesLeft = claims.reduce((sum, { processes }) => sum + processes, 0);
  function take({ processes }: ThreadClaim, wanted: number): number {
    processesLeft -= processes;
    const most = Math.floor((coresLeft - processesLeft) / processes);
    const threads = Math.max(1, Math.min(wanted, most));
    coresLeft -= threads * processes;
    return threads;
  }
  const named = claims.map((claim) => (claim.threads === undefined ? undefined : take(claim, claim.threads)));
  return claims.map((claim, index) => {
    const threads = named[index];
    return threads ?? take(claim, Math.min(maxDefaultThreads, Math.floor(coresLeft / processesLeft)));
  });
}
