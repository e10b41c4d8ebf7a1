import type { LocalModelCounts, LocalModelWork } from '../local-contract.ts';
import type { EngineWork } from './engine/protocol.ts';
import { addWork, noWork } from './engine/work-meter.ts';

/** What happened to a model and what its processes did, from the start of the gateway on. */
export interface ModelTally {
  readonly counts: LocalModelCounts;
  readonly work: LocalModelWork;
  /** A process answers; it took so long from its start. */
  readonly up: (tookMs: number) => void;
  readonly crashed: () => void;
  readonly swapped: () => void;
  readonly unloaded: (why: keyof LocalModelCounts['unloads']) => void;
  readonly worked: (work: EngineWork) => void;
}

export function createModelTally(): ModelTally {
  let counts: LocalModelCounts = {
    loads: 0,
    lastLoadMs: undefined,
    crashes: 0,
    swaps: 0,
    unloads: { operator: 0, memory: 0, unused: 0 },
  };
  let work = noWork;
  return {
    get counts() {
      return counts;
    },
    get work() {
      return work;
    },
    up(lastLoadMs) {
      counts = { ...counts, loads: counts.loads + 1, lastLoadMs };
    },
    crashed() {
      counts = { ...counts, crashes: counts.crashes + 1 };
    },
    swapped() {
      counts = { ...counts, swaps: counts.swaps + 1 };
    },
    unloaded(why) {
      const { unloads } = counts;
      counts = { ...counts, unloads: { ...unloads, [why]: unloads[why] + 1 } };
    },
    worked(more) {
      work = addWork(work, more);
    },
  };
}
