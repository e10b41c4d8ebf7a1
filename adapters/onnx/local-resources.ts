import { availableParallelism, totalmem } from 'node:os';
import type { LocalResident, LocalResources } from '../local-contract.ts';
import { createMemoryBudget } from './memory-budget.ts';
import { shareThreads } from './thread-shares.ts';

export interface LocalResourcesOptions {
  /** @default 60 % of the machine's memory, or of the control group's limit where that is lower */
  readonly memoryBytes?: number | undefined;
  /** @default the cores this process may use */
  readonly cores?: number;
}

/** The rest is for the gateway, for other processes, and for the pages of the model files. */
const defaultShare = 0.6;

/** What the local models of one gateway share. */
export function createLocalResources({
  memoryBytes = defaultMemoryBytes(),
  cores = availableParallelism(),
}: LocalResourcesOptions = {}): LocalResources {
  const memory = createMemoryBudget(memoryBytes);
  const residents: LocalResident[] = [];
  return {
    memoryBytes,
    reservedBytes: () => memory.reservedBytes(),
    join(resident) {
      residents.push(resident);
      return {
        threads: () => shareThreads(cores, residents)[residents.indexOf(resident)] ?? 1,
        fits: (bytes) => memory.fits(bytes, resident),
        reserve: (bytes, signal) => memory.reserve(bytes, resident, signal),
        becameIdle: () => memory.settle(),
        close() {
          const index = residents.indexOf(resident);
          if (index >= 0) residents.splice(index, 1);
        },
      };
    },
  };
}

function defaultMemoryBytes(): number {
  // Without a limit this is 0 or a number larger than any machine.
  const constrained = process.constrainedMemory();
  const machine = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return Math.floor(machine * defaultShare);
}
