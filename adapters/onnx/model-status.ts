import type { LocalModelCounts, LocalModelStatus, LocalProcessStatus } from '../contract.ts';
import type { ModelManifest } from './model-folder.ts';
import type { ModelProcess } from './model-process.ts';
import type { Serving } from './serving.ts';

export interface StatusParts {
  readonly serving: Serving | undefined;
  /** What was served last. */
  readonly manifest: ModelManifest | undefined;
  readonly slots: number;
  readonly reloadProblem: string | undefined;
  readonly counts: LocalModelCounts;
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
  const { calls, begun, residentBytes } = process.load();
  return [
    { pid, residentBytes, slots, busySlots: Math.min(slots, begun), queued: Math.max(0, calls - begun) },
  ];
}
