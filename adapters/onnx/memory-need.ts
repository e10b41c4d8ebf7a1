import { LoadFailure } from './load-failure.ts';
import { estimateMemory, overBudget } from './memory-estimate.ts';
import type { ModelManifest } from './model-folder.ts';
import type { OnnxOptions } from './options.ts';
import { servedContext } from './serving.ts';

/** What a model asks of the machine. */
export interface MemoryNeed {
  /** All its processes together. */
  readonly bytes: number;
  readonly processes: number;
}

export interface MemoryNeedOptions {
  readonly options: OnnxOptions;
  /** As many processes as its share of the cores was counted with. */
  readonly processes: number;
  /** The whole budget. */
  readonly memoryBytes: number;
}

/** Throws `LoadFailure`, with the figures, for a model that the whole budget does not hold. */
export function memoryNeed(
  manifest: ModelManifest,
  { options, processes, memoryBytes }: MemoryNeedOptions,
): MemoryNeed {
  const estimate = estimateMemory(manifest, { ...options, contextTokens: servedContext(manifest, options) });
  const most = Math.floor(memoryBytes / estimate.totalBytes);
  const count = options.processes === 'auto' ? Math.min(processes, Math.max(1, most)) : processes;
  if (count > most) throw new LoadFailure(overBudget(manifest.name, estimate, { memoryBytes, count }));
  return { bytes: count * estimate.totalBytes, processes: count };
}
