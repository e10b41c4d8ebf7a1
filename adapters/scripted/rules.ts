import { echoRule, type Rule } from './options.ts';

/** Chooses what is played, and counts the calls. */
export interface RuleBook {
  /** The rule for the next call. */
  next(message: string): Rule;
}

export function createRuleBook(rules: readonly Rule[]): RuleBook {
  let calls = 0;
  return {
    next(message) {
      calls += 1;
      return rules.find(({ when }) => holds(when, message, calls)) ?? echoRule;
    },
  };
}

function holds(when: Rule['when'], message: string, callNumber: number): boolean {
  return (
    (when.equals === undefined || message === when.equals) &&
    (when.contains === undefined || message.includes(when.contains)) &&
    (when.callNumber === undefined || callNumber === when.callNumber) &&
    (when.every === undefined || callNumber % when.every === 0)
  );
}
