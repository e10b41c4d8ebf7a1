import { afterAll, afterEach, beforeAll, describe, it } from 'vitest';
import { abortCases } from './abort-cases.ts';
import type { ConformanceCase } from './case.ts';
import { embedCases } from './embed-cases.ts';
import type { Fixture, Scenarios, Subject } from './fixture.ts';
import { generateCases } from './generate-cases.ts';
import { lifecycleCases } from './lifecycle-cases.ts';
import { classifyCases, rerankCases } from './reading-cases.ts';

const cases = [
  ...generateCases,
  ...abortCases,
  ...embedCases,
  ...classifyCases,
  ...rerankCases,
  ...lifecycleCases,
];

export type CaseName = (typeof cases)[number]['name'];
export const caseNames: readonly CaseName[] = cases.map(({ name }) => name);
export const embedCaseNames: readonly CaseName[] = embedCases.map(({ name }) => name);
export const classifyCaseNames: readonly CaseName[] = classifyCases.map(({ name }) => name);
export const rerankCaseNames: readonly CaseName[] = rerankCases.map(({ name }) => name);
/** Of all that is read and not answered. */
export const readingCaseNames: readonly CaseName[] = [
  ...embedCaseNames,
  ...classifyCaseNames,
  ...rerankCaseNames,
];

/** Cases that a driver cannot keep, and why. */
export interface OptOut {
  readonly reason: string;
  readonly cases: readonly CaseName[];
}

export interface ConformanceOptions {
  readonly name: string;
  readonly scenarios: Scenarios;
  /** Called once for the suite and once more for every case that closes its adapter. The adapter must be ready to serve. */
  create(): Promise<Fixture>;
  readonly optOuts?: readonly OptOut[];
}

/** Runs the rules of `adapters/contract.ts` against a driver. */
export function describeAdapter(options: ConformanceOptions): void {
  const reasons = optOutReasons(options.optOuts ?? []);
  describe(`${options.name} keeps the adapter contract`, () => {
    const further: Fixture[] = [];
    let subject: Subject | undefined;

    beforeAll(async () => {
      subject = {
        fixture: await options.create(),
        scenarios: options.scenarios,
        async another() {
          const fixture = await options.create();
          further.push(fixture);
          return fixture;
        },
      };
    });
    afterEach(async () => {
      for (const fixture of further.splice(0)) await fixture.dispose();
    });
    afterAll(async () => {
      await subject?.fixture.dispose();
    });

    for (const { name, run } of cases as readonly ConformanceCase[]) {
      const reason = reasons.get(name);
      it.skipIf(reason !== undefined)(
        reason === undefined ? name : `${name} (opted out: ${reason})`,
        async () => {
          if (subject === undefined) throw new Error('the fixture was not created');
          await run(subject);
        },
      );
    }
  });
}

/** Case name to reason; throws for a case that does not exist, is named twice, or has no reason. */
export function optOutReasons(optOuts: readonly OptOut[]): ReadonlyMap<string, string> {
  const known = new Set<string>(cases.map(({ name }) => name));
  const reasons = new Map<string, string>();
  for (const { reason, cases: names } of optOuts) {
    if (reason.trim() === '') throw new Error(`opt-out of ${names.join(', ')} has no reason`);
    for (const name of names) {
      if (!known.has(name)) throw new Error(`opt-out names an unknown case: "${name}"`);
      if (reasons.has(name)) throw new Error(`opt-out names a case twice: "${name}"`);
      reasons.set(name, reason);
    }
  }
  return reasons;
}
