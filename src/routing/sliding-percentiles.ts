/** Percentiles of the latest values. */
export interface SlidingPercentiles {
  add(value: number): void;
  /** By nearest rank; `undefined` for no values. */
  at(share: number): number | undefined;
}

/** Keeps the window sorted as it slides: two binary searches a value, where sorting for each question would take thousands of steps. */
export function createSlidingPercentiles(windowSize: number): SlidingPercentiles {
  const inOrderOfTime: number[] = [];
  const sorted: number[] = [];
  return {
    add(value) {
      if (inOrderOfTime.length === windowSize) {
        sorted.splice(placeOf(sorted, inOrderOfTime.shift() ?? 0), 1);
      }
      inOrderOfTime.push(value);
      sorted.splice(placeOf(sorted, value), 0, value);
    },
    at: (share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)],
  };
}

/** The first place whose value is not below. */
function placeOf(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? Infinity) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
