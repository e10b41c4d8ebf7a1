import type { Sequence } from './sequence.ts';

/** What the schedule must know of the calls that can go on. */
export interface Schedulable {
  readonly call: { readonly priority: 'interactive' | 'batch' };
  readonly sequence: Pick<Sequence, 'prefilling'>;
}

/**
 * Who takes part in the next run, none where nobody can. Pieces of prompts and steps of answers take turns: an answer under way waits
 * for one piece at most, and the first token of a new call waits for no batch to fill. Prompts go in one at a time, interactive ones
 * first, in the order they were begun: together all of them would be late.
 */
export function createSchedule<Item extends Schedulable>(): (items: readonly Item[]) => readonly Item[] {
  let promptsTurn = true;
  return (items) => {
    const prompts = items.filter(({ sequence }) => sequence.prefilling);
    const answers = items.filter(({ sequence }) => !sequence.prefilling);
    const prompt = prompts.find(({ call }) => call.priority === 'interactive') ?? prompts[0];
    if (prompt === undefined) return answers;
    if (answers.length === 0 || promptsTurn) {
      promptsTurn = false;
      return [prompt];
    }
    promptsTurn = true;
    return answers;
  };
}
