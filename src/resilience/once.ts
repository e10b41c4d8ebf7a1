/** A permit whose first settlement alone counts. */
export function once<Result>(settle: (result: Result) => void): { settle(result: Result): void } {
  let settled = false;
  return {
    settle(result) {
      if (settled) return;
      settled = true;
      settle(result);
    },
  };
}
