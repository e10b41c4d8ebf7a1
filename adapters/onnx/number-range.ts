import type { JsonObject } from '../contract.ts';

/** More decimals are not written. */
const maxDecimals = 6;

/** Bounds of a number that is written without an exponent. */
export interface NumberRange {
  readonly least: Bound;
  readonly most: Bound;
  /** How many digits may follow the point; 0 for integers. */
  readonly decimals: number;
}

export interface Bound {
  readonly value: number;
  /** Whether the value itself is outside. */
  readonly exclusive: boolean;
}

/** In units of the last decimal. */
export interface Span {
  readonly least: bigint;
  readonly most: bigint;
}

/** The range of a number in a schema that was read: it has both bounds. */
export function rangeOf({
  type,
  minimum,
  exclusiveMinimum,
  maximum,
  exclusiveMaximum,
}: JsonObject): NumberRange {
  const least = { value: Number(exclusiveMinimum ?? minimum), exclusive: exclusiveMinimum !== undefined };
  const most = { value: Number(exclusiveMaximum ?? maximum), exclusive: exclusiveMaximum !== undefined };
  return { least, most, decimals: type === 'integer' ? 0 : decimalsBetween(least, most) };
}

/** With more digits than these, what lies beyond a bound may be read as the bound itself. */
const safeDigits = 15;

function decimalsBetween(...bounds: readonly Bound[]): number {
  if (!bounds.some(({ exclusive }) => exclusive)) return maxDecimals;
  const digits = bounds.map(({ value }) => String(Math.trunc(Math.abs(value))).length);
  return Math.min(maxDecimals, safeDigits - Math.max(...digits));
}

/** Whether any number lies within. */
export function holdsNumber(range: NumberRange): boolean {
  const { least, most } = spanOf(range);
  return least <= most;
}

/** A number of few digits that lies within. */
export function leastNumber(range: NumberRange): string {
  const { least, most } = spanOf(range);
  const unit = 10n ** BigInt(range.decimals);
  if (least <= 0n && most >= 0n) return '0';
  const whole = least > 0n ? ceilDivided(least, unit) : -ceilDivided(-most, unit);
  if (whole * unit >= least && whole * unit <= most) return String(whole);
  const nearest = least > 0n ? least : -most;
  const digits = String(nearest).padStart(range.decimals + 1, '0');
  return `${least > 0n ? '' : '-'}${digits.slice(0, -range.decimals)}.${digits.slice(-range.decimals)}`;
}

/** Exact bounds, both within. */
export function spanOf({ least, most, decimals }: NumberRange): Span {
  return {
    least: least.exclusive ? scaled(least.value, decimals, 'down') + 1n : scaled(least.value, decimals, 'up'),
    most: most.exclusive ? scaled(most.value, decimals, 'up') - 1n : scaled(most.value, decimals, 'down'),
  };
}

/** The shortest way to write a number is what readers of it compare with. */
function scaled(value: number, decimals: number, rounding: 'up' | 'down'): bigint {
  // Smaller numbers have an exponent.
  const [whole = '0', fraction = ''] =
    Math.abs(value) < 1e-6
      ? ['0', '0'.repeat(decimals) + (value === 0 ? '' : '1')]
      : String(Math.abs(value)).split('.');
  const magnitude = BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, '0'));
  const isExact = /^0*$/.test(fraction.slice(decimals));
  const away = rounding === (value < 0 ? 'down' : 'up') && !isExact ? 1n : 0n;
  return value < 0 ? -(magnitude + away) : magnitude + away;
}

function ceilDivided(value: bigint, unit: bigint): bigint {
  return (value + unit - 1n) / unit;
}
