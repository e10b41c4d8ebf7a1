import type { AdapterClock } from '../contract.ts';
import type { RuleBook } from './rules.ts';

/** What every call of one deployment shares. */
export interface Theatre {
  /** Name of the deployment, for messages. */
  readonly deployment: string;
  readonly clock: AdapterClock;
  readonly rules: RuleBook;
  readonly dimensions: number;
  readonly labels: readonly string[];
}
