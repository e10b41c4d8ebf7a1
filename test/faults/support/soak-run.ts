import { parseArgs } from 'node:util';
import { z } from 'zod';
import { percentile } from './figures.ts';
import { runSeed } from './seed.ts';

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly clients: number;
}

/** From the command line. Prints the help and ends the process where that is asked for. */
export function soakOptions(help: string, defaults: Pick<SoakOptions, 'minutes' | 'clients'>): SoakOptions {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string' },
      seed: { type: 'string' },
      clients: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    print(help);
    process.exit();
  }
  return z
    .object({
      minutes: z.coerce.number().positive().default(defaults.minutes),
      seed: z.coerce.number().int().default(runSeed),
      clients: z.coerce.number().int().positive().default(defaults.clients),
    })
    .parse(values);
}

/** Median of the last third of the samples / of the middle third: the first is left to caches and heaps that find their size. */
export function growth(samples: readonly number[]): number {
  const third = Math.ceil(samples.length / 3);
  const [middle = 0, last = 0] = [samples.slice(third, 2 * third), samples.slice(-third)].map((part) =>
    percentile(part, 0.5),
  );
  return last / (middle || last);
}

export type Verdict = readonly [text: string, good: boolean];

/** Prints what was found, with the first of what clients should never have seen. Whether all is good. */
export function printVerdicts(verdicts: readonly Verdict[], wrong: readonly string[]): boolean {
  for (const [text, good] of verdicts) print(`${good ? 'ok   ' : 'FAIL '} ${text}\n`);
  for (const what of wrong.slice(0, 20)) print(`      ${what}\n`);
  return verdicts.every(([, good]) => good);
}

export function print(text: string): void {
  process.stdout.write(text);
}
