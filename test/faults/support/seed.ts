import { z } from 'zod';
import { seededRandom } from '../../support/tiny-weights.ts';

/** The seed of this run: that of FAULTS_SEED, to repeat a run, or a new one. Whoever uses it prints it. */
export function runSeed(): number {
  // oxlint-disable-next-line node/no-process-env -- a test is its own composition root
  const given = process.env['FAULTS_SEED'];
  return given === undefined ? 1 + Math.floor(Math.random() * 2 ** 31) : z.coerce.number().int().parse(given);
}

/** Uniform in [0, 1), the same numbers for the same seed. */
export const randomFrom: (seed: number) => () => number = seededRandom;
