/** The part of `Headers` that is read here. */
export interface HeaderReader {
  get(name: string): string | null;
}

/**
 * How long the provider asks to wait, in milliseconds; `undefined` where it does not say so in a way that can be read.
 * However long it is, it is passed on: how much waiting is worth it, the caller decides.
 *
 * `retry-after-ms` goes before `Retry-After` (seconds or a date, RFC 9110, 10.2.3).
 */
export function retryAfterMs(headers: HeaderReader, nowMs: number): number | undefined {
  const milliseconds = headers.get('retry-after-ms');
  const standard = headers.get('retry-after');
  return (
    (milliseconds === null ? undefined : nonNegative(milliseconds)) ??
    (standard === null ? undefined : (seconds(standard) ?? untilDate(standard, nowMs)))
  );
}

/**
 * When the rate limit that was hit starts anew: of OpenAI's two limits (requests and tokens) those with nothing
 * remaining, or both where the remains are not told; the later of them.
 */
export function rateLimitResetMs(headers: HeaderReader): number | undefined {
  const limits = ['requests', 'tokens'].map((what) => ({
    remaining: headers.get(`x-ratelimit-remaining-${what}`),
    resetMs: duration(headers.get(`x-ratelimit-reset-${what}`) ?? ''),
  }));
  const exhausted = limits.filter(({ remaining }) => remaining !== null && Number(remaining) <= 0);
  const resets = (exhausted.length === 0 ? limits : exhausted).flatMap(({ resetMs }) => resetMs ?? []);
  return resets.length === 0 ? undefined : Math.max(...resets);
}

function nonNegative(text: string): number | undefined {
  return /^\d{1,15}(\.\d{1,9})?$/.test(text.trim()) ? Number(text) : undefined;
}

function seconds(text: string): number | undefined {
  const value = nonNegative(text);
  return value === undefined ? undefined : value * 1000;
}

/** A date in the past means now. Only the date formats of HTTP count: `Date.parse` would make a date of "-5". */
function untilDate(text: string, nowMs: number): number | undefined {
  if (!/^[A-Z][a-z]{2,8},? /.test(text.trim())) return undefined;
  const dateMs = Date.parse(text);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}

const unitMs = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** OpenAI's way to write durations: `120ms`, `6m0s`, `1h2m3.5s`; a bare number is seconds. */
function duration(text: string): number | undefined {
  const trimmed = text.trim();
  const bare = seconds(trimmed);
  if (bare !== undefined) return bare;
  if (!/^(\d{1,9}(\.\d{1,9})?(ms|s|m|h|d))+$/.test(trimmed)) return undefined;
  let sumMs = 0;
  for (const [, amount, unit = ''] of trimmed.matchAll(/([\d.]+)(ms|s|m|h|d)/g)) {
    sumMs += Number(amount) * (unitMs.get(unit) ?? 0);
  }
  return sumMs;
}
