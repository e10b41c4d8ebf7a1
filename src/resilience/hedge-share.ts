/** Keeps hedges to a share of the calls, so that a slow deployment does not double the load of the others. */
export interface HedgeShare {
  onCall(): void;
  /** Takes one hedge, where the calls so far have earned it. */
  tryTake(maxShare: number): boolean;
}

/** Most hedges that a quiet time can save up. */
const mostSaved = 10;

/** Each call earns the share of a hedge; nothing is given in advance, so a route begins without. */
export function createHedgeShare(): HedgeShare {
  let calls = 0;
  return {
    onCall() {
      calls += 1;
    },
    tryTake(maxShare) {
      calls = Math.min(calls, mostSaved / maxShare);
      if (calls < 1 / maxShare) return false;
      calls -= 1 / maxShare;
      return true;
    },
  };
}
