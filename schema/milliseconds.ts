/** Clocks give durations with a dozen digits of noise; a hundredth of a millisecond is as fine as any of them is true. */
export function milliseconds(value: number): number {
  return Math.round(value * 100) / 100;
}

/** The same for a duration that may not be known. */
export function millisecondsOrNull(value: number | undefined): number | null {
  return value === undefined ? null : milliseconds(value);
}
