import type { Scenarios, Subject } from './fixture.ts';

/** One fact about a driver. */
export interface ConformanceCase {
  readonly name: string;
  readonly run: (subject: Subject) => Promise<void>;
}

/** The scenario, or an error that says how to provide it. */
export function needed<Name extends keyof Scenarios>(
  { scenarios }: Subject,
  name: Name,
): NonNullable<Scenarios[Name]> {
  const scenario = scenarios[name];
  if (scenario === undefined) {
    throw new Error(
      `this case needs the scenario "${name}": provide it, or opt out of the case with a reason`,
    );
  }
  return scenario;
}

/** The fixture's probe, or an error that says how to provide it. */
export function probe({ fixture }: Subject, name: 'idle' | 'released'): () => Promise<void> {
  const look = fixture[name];
  if (look === undefined) {
    throw new Error(
      `this case needs "${name}" of the fixture: provide it, or opt out of the case with a reason`,
    );
  }
  return () => look.call(fixture);
}
