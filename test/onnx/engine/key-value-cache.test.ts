import { expect, test } from 'vitest';
import { createKeyValueCache } from '../../../adapters/onnx/engine/key-value-cache.ts';

const shape = { layers: 2, keyValueHeads: 3, headSize: 4, vocabularySize: 10, contextTokens: 1000 };
const heads = 2 * shape.layers * shape.keyValueHeads;

/** A number that says where it belongs: head of new_kv, token, component. */
function mark(head: number, token: number, component: number): number {
  return head * 100_000 + token * 10 + component;
}

/** `new_kv` of these tokens, as the graph gives it. */
function newRows(firstToken: number, count: number): Float32Array {
  const { headSize } = shape;
  return Float32Array.from({ length: heads * count * headSize }, (_, at) =>
    mark(
      Math.floor(at / (count * headSize)),
      firstToken + (Math.floor(at / headSize) % count),
      at % headSize,
    ),
  );
}

test.each([[[1]], [[64, 1]], [[3, 70, 1, 1, 200]], [Array.from({ length: 130 }, () => 1)]])(
  'every key and value lies where the graph reads it after runs of %j tokens',
  (runs) => {
    const cache = createKeyValueCache(shape);
    for (const count of runs) cache.append(newRows(cache.length, count), count);
    const { capacity, length } = cache;
    expect(length).toBe(runs.reduce((sum, count) => sum + count, 0));
    expect(capacity).toBeGreaterThanOrEqual(length);
    for (const [layer, { keys, values }] of cache.layers.entries()) {
      for (let head = 0; head < shape.keyValueHeads; head += 1) {
        for (let token = 0; token < length; token += 1) {
          for (let component = 0; component < shape.headSize; component += 1) {
            const keyAt = (head * shape.headSize + component) * capacity + token;
            const valueAt = (head * capacity + token) * shape.headSize + component;
            const keyHead = 2 * layer * shape.keyValueHeads + head;
            if (keys[keyAt] !== mark(keyHead, token, component)) expect.fail(`key ${layer} ${head} ${token}`);
            if (values[valueAt] !== mark(keyHead + shape.keyValueHeads, token, component)) {
              expect.fail(`value ${layer} ${head} ${token}`);
            }
          }
        }
      }
    }
  },
);

test('an empty cache has no positions', () => {
  const cache = createKeyValueCache(shape);
  expect([cache.length, cache.capacity, cache.layers[0]?.keys.length]).toEqual([0, 0, 0]);
});

test('there is never more than one step of unused room', () => {
  const cache = createKeyValueCache(shape);
  for (let token = 0; token < 300; token += 1) {
    cache.append(newRows(token, 1), 1);
    expect(cache.capacity - cache.length).toBeLessThan(64);
  }
});
