/** Money is an integer of nano-dollars (1 USD = 1,000,000,000), so that sums are exact. */
export type NanoUsd = number;

const nanoPerUsd = 1_000_000_000;

/**
 * What `tokens` cost at a price per million tokens, rounded up to a whole nano-dollar: a limit must never be passed by rounding.
 * The product exceeds what a double holds exactly, hence the bigint.
 */
export function tokensCostNanoUsd(tokens: number, nanoUsdPerMillionTokens: NanoUsd): NanoUsd {
  const product = BigInt(tokens) * BigInt(nanoUsdPerMillionTokens);
  return Number((product + 999_999n) / 1_000_000n);
}

/** Exact decimal text in dollars, without trailing zeros: `1500000` is "0.0015", `0` is "0". */
export function formatUsd(nanoUsd: NanoUsd): string {
  const sign = nanoUsd < 0 ? '-' : '';
  const absolute = Math.abs(nanoUsd);
  const whole = Math.floor(absolute / nanoPerUsd);
  const fraction = String(absolute % nanoPerUsd)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Reads a decimal amount such as "0.001"; `undefined` for anything else, for more than nine decimals and for amounts above a million dollars. */
export function parseUsd(text: string): NanoUsd | undefined {
  const match = /^(\d{1,7})(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) return undefined;
  const [, whole = '0', fraction = ''] = match;
  return Number(whole) * nanoPerUsd + Number(fraction.padEnd(9, '0'));
}
