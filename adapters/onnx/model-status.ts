import type { LocalModelStatus, LocalProcessStatus } from '../local-contract.ts';
import type { ModelManifest } from './model-folder.ts';
import type { ModelProcess } from './model-process.ts';
import type { Serving } from './serving.ts';

export interface StatusParts extends Pick<
  LocalModelStatus,
  'reloadProblem' | 'counts' | 'work' | 'crashLoop'
> {
  readonly serving: Serving | undefined;
  /** What was served last. */
  readonly manifest: ModelManifest | undefined;
  readonly slots: number;
}

export function modelStatus({ serving, manifest, slots, ...rest }: StatusParts): LocalModelStatus {
  const known = serving?.manifest ?? manifest;
  const processes = serving?.processes() ?? [];
  return {
    version: known?.version,
    source: known?.source,
    batched: known && isBatched(known, processes),
    reservedBytes: serving?.reservedBytes,
    processes: processes.flatMap((process) => processStatus(process, slots)),
    ...rest,
  };
}

function isBatched({ graph }: ModelManifest, processes: readonly ModelProcess[]): boolean {
  // How an export masks the holes of shorter rows is its own affair, and its numbers may depend on what shares a run.
  return graph !== 'past-present' && processes.every((process) => process.batched());
}

function processStatus(process: ModelProcess, slots: number): readonly LocalProcessStatus[] {
  const { pid } = process;
  if (pid === undefined) return [];
  const { calls, begun, ...memory } = process.load();
  return [{ pid, ...memory, slots, busySlots: Math.min(slots, begun), queued: Math.max(0, calls - begun) }];
}
