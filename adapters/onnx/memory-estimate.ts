import type { ModelManifest } from './model-folder.ts';

/** What one process of a model may take, in bytes. */
export interface MemoryEstimate {
  readonly weightsBytes: number;
  readonly cacheBytes: number;
  readonly workingBytes: number;
  readonly baseBytes: number;
  readonly totalBytes: number;
}

export interface EstimateSettings {
  /** Answers worked on at once. */
  readonly slots: number;
  /** Prompt and answer of one of them together. */
  readonly contextTokens: number;
  /** For keys and values of earlier prompts. */
  readonly prefixCacheBytes: number;
}

/** Node.js with the runtime and the tokenizer library loaded, and no model. Measured. */
const baseBytes = 130e6;

/** The runtime keeps the weights as they are in the files and a copy laid out for the processor. Measured: 1.8. */
const copiesOfWeights = 2;

/** Our graphs keep keys and values in half precision, exports mostly in single. */
const bytesPerNumber = { delta: 2, 'past-present': 4 } as const;

/** Buffers of the runtime for one run of a small model. */
const leastWorkingBytes = 64e6;

/**
 * What a process may take once all its slots hold a full context. The working memory is 64 MB and twice the cache of one slot: while
 * a cache grows, its old and its new copy exist beside each other.
 */
export function estimateMemory(manifest: ModelManifest, settings: EstimateSettings): MemoryEstimate {
  const slotBytes = cacheBytesOfSlot(manifest, settings.contextTokens);
  const weightsBytes = copiesOfWeights * modelFileBytes(manifest);
  const cacheBytes = slotBytes === 0 ? 0 : settings.slots * slotBytes + settings.prefixCacheBytes;
  const workingBytes = leastWorkingBytes + 2 * slotBytes;
  const totalBytes = weightsBytes + cacheBytes + workingBytes + baseBytes;
  return { weightsBytes, cacheBytes, workingBytes, baseBytes, totalBytes };
}

/** An encoder keeps nothing between its runs. */
function cacheBytesOfSlot(manifest: ModelManifest, contextTokens: number): number {
  if (manifest.graph === 'encoder') return 0;
  const { layers, keyValueHeads, headSize } = manifest.decoder;
  return contextTokens * layers * keyValueHeads * headSize * 2 * bytesPerNumber[manifest.graph];
}

/** Graph and data files; the tokenizer's and the settings are part of the base. */
function modelFileBytes({ files }: ModelManifest): number {
  return files.filter(({ path }) => !path.endsWith('.json')).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Such as `1.2 GB` or `340 MB`. */
export function bytesText(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.ceil(bytes / 1e6)} MB`;
}

/** Why a model is not loaded that the whole budget does not hold: the figures and the remedies. */
export function overBudget(
  model: string,
  estimate: MemoryEstimate,
  { memoryBytes, count }: { readonly memoryBytes: number; readonly count: number },
): string {
  const parts = [
    `weights ${bytesText(estimate.weightsBytes)}`,
    `cache ${bytesText(estimate.cacheBytes)}`,
    `working memory ${bytesText(estimate.workingBytes)}`,
    `the process itself ${bytesText(estimate.baseBytes)}`,
  ];
  const times = count === 1 ? '' : `${count} times `;
  return (
    `The model ${model} needs ${times}${bytesText(estimate.totalBytes)} (${parts.join(', ')}), ` +
    `and the budget of all local models is ${bytesText(memoryBytes)}. ` +
    'Lower slots, maxContextTokens, prefixCacheBytes or processes, use a smaller model, or raise SWITCHYARD_LOCAL_MEMORY_BYTES.'
  );
}
