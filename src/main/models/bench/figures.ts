/** One thing that was measured. */
export interface BenchFigure {
  /** In the JSON; its unit is part of it. */
  readonly key: string;
  /** For people. */
  readonly what: string;
  readonly value: number;
  readonly unit: 'ms' | 'tokens/s' | 'texts/s' | 'bytes';
}

/** The one in the middle, of an even number the lower one. @throws for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new Error('there is no median of no values');
  return middle;
}

/** Lines of a table. */
export function figureTable(figures: readonly BenchFigure[]): readonly string[] {
  const cells = figures.map(({ what, value, unit }) => [what, ...amountOf(value, unit)] as const);
  const whatWidth = Math.max(...cells.map(([what]) => what.length));
  const amountWidth = Math.max(...cells.map(([, amount]) => amount.length));
  return cells.map(
    ([what, amount, unit]) => `  ${what.padEnd(whatWidth)}  ${amount.padStart(amountWidth)} ${unit}`,
  );
}

function amountOf(value: number, unit: BenchFigure['unit']): readonly [string, string] {
  if (unit === 'bytes') return [grouped(value / 1e6), 'MB'];
  return [value < 10 ? value.toFixed(1) : grouped(value), unit];
}

function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** By key, with as many digits as such a figure is good for. */
export function figureObject(figures: readonly BenchFigure[]): Readonly<Record<string, number>> {
  return Object.fromEntries(figures.map(({ key, value }) => [key, Number(value.toPrecision(4))]));
}
