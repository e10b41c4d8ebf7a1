import { expect, test } from 'vitest';
import { onnxOptionsSchema } from '../../adapters/onnx/index.ts';
import { memoryNeed } from '../../adapters/onnx/memory-need.ts';
import type { ModelManifest } from '../../adapters/onnx/model-folder.ts';

const file = (path: string, bytes: number) => ({ path, bytes, sha256: '0'.repeat(64) });

/** 100 MB of weights, and 100 kB of 16-bit keys and values a token: 10 layers x 10 heads x 250 numbers x 2 x 2 bytes. */
const manifest: ModelManifest = {
  formatVersion: 1,
  name: 'counted',
  version: '1',
  source: 'test',
  graph: 'delta',
  graphFile: 'model.onnx',
  decoder: { layers: 10, keyValueHeads: 10, headSize: 250, vocabularySize: 10, contextTokens: 1000 },
  tokens: { eos: [0] },
  files: [file('model.onnx', 1e6), file('model.onnx_data', 99e6), file('tokenizer.json', 5e6)],
};

function needOf(options: object, memoryBytes: number, processes = 1) {
  const parsed = onnxOptionsSchema.parse({
    model: 'counted',
    slots: 2,
    prefixCacheBytes: 50e6,
    maxContextTokens: 1000,
    ...options,
  });
  return memoryNeed(manifest, { options: parsed, memoryBytes, processes });
}

test('a process needs its weights twice, its caches, its working memory and its base', () => {
  // 200 + (2 x 100 + 50) + (64 + 2 x 100) + 130 MB.
  expect(needOf({}, 1e9)).toEqual({ bytes: 844e6, processes: 1 });
});

test('a smaller context and fewer slots need less', () => {
  expect(needOf({ maxContextTokens: 500, slots: 1 }, 1e9).bytes).toBe(594e6);
});

test('every process of a model counts, and the refusal says so', () => {
  expect(needOf({ processes: 3 }, 3e9, 3)).toEqual({ bytes: 3 * 844e6, processes: 3 });
  expect(() => needOf({ processes: 3 }, 2e9, 3)).toThrow('needs 3 times 844 MB');
});

test('auto takes as many processes as the budget holds, and is refused where it holds none', () => {
  expect(needOf({ processes: 'auto' }, 2e9, 4).processes).toBe(2);
  expect(needOf({ processes: 'auto' }, 9e9, 4).processes).toBe(4);
  expect(() => needOf({ processes: 'auto' }, 8e8, 4)).toThrow('needs 844 MB');
});
