import type { Sample } from './clients.ts';

/** Nearest rank; 0 of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

export const availability = (samples: readonly Sample[]): number =>
  samples.filter(({ result }) => result === 'answer').length / samples.length;

/** How the calls of one phase went, for people; with those of a healthy phase also what the fault added. */
export function summary(samples: readonly Sample[], healthy?: readonly Sample[]): Record<string, string> {
  const shares = [0.5, 0.95, 0.99] as const;
  const codes = Object.entries(
    Object.groupBy(
      samples.filter(({ code }) => code),
      ({ code }) => code ?? '',
    ),
  );
  return {
    calls: String(samples.length),
    availability: `${(100 * availability(samples)).toFixed(2)} %`,
    'p50/p95/p99 ms': shares.map((share) => latency(samples, share).toFixed(1)).join(' / '),
    ...(healthy === undefined
      ? {}
      : {
          'added p50/p95/p99 ms': shares
            .map((share) => (latency(samples, share) - latency(healthy, share)).toFixed(1))
            .join(' / '),
        }),
    ...(codes.length === 0
      ? {}
      : { problems: codes.map(([code, of]) => `${code.slice(0, 60)} x${of?.length ?? 0}`).join(', ') }),
  };
}

function latency(samples: readonly Sample[], share: number): number {
  return percentile(
    samples.map(({ ms }) => ms),
    share,
  );
}

/** Prints the figures of a scenario, before anything is judged by them. */
export function report(scenario: string, figures: Readonly<Record<string, string | number>>): void {
  const width = Math.max(...Object.keys(figures).map(({ length }) => length));
  const lines = Object.entries(figures).map(([name, value]) => `    ${name.padEnd(width)}  ${shown(value)}`);
  process.stdout.write(`\n  ${scenario}\n${lines.join('\n')}\n`);
}

function shown(value: string | number): string {
  return typeof value === 'string' || Number.isInteger(value) ? String(value) : value.toFixed(2);
}
