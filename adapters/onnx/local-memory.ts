import { totalmem } from 'node:os';
import type { LocalMemory } from '../contract.ts';

/** The rest is for the gateway, for other processes, and for the pages of the model files. */
const defaultShare = 0.6;

/** @param totalBytes 60 % of the machine's memory by default, or of the control group's limit where that is lower */
export function createLocalMemory(totalBytes: number = defaultTotalBytes()): LocalMemory {
  let reservedBytes = 0;
  return {
    totalBytes,
    reservedBytes: () => reservedBytes,
    reserve(bytes) {
      if (reservedBytes + bytes > totalBytes) return undefined;
      reservedBytes += bytes;
      let held = true;
      return {
        bytes,
        release() {
          if (held) reservedBytes -= bytes;
          held = false;
        },
      };
    },
  };
}

function defaultTotalBytes(): number {
  // Without a limit this is 0 or a number larger than any machine.
  const constrained = process.constrainedMemory();
  const machine = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return Math.floor(machine * defaultShare);
}
