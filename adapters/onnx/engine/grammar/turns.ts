import { setImmediate } from 'node:timers/promises';

/** Does one piece of work after another, each in a turn of the event loop of its own: the process has others to answer in between. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

export function createTurns(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return async (work) => {
    const turn = last.then(() => setImmediate()).then(work);
    last = turn.catch(() => undefined);
    return await turn;
  };
}
