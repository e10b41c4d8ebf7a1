import { expect, test } from 'vitest';
import { createKeyValueCache, type KeyValueCache } from '../../../adapters/onnx/engine/key-value-cache.ts';

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
    expect(cache.length).toBe(runs.reduce((sum, count) => sum + count, 0));
    expect(misplaced(cache)).toEqual([]);
  },
);

/** Every key and value that is not where `graph-form.md` wants it. */
function misplaced({ capacity, length, layers }: KeyValueCache): string[] {
  const { keyValueHeads, headSize } = shape;
  const wrong: string[] = [];
  for (let at = 0; at < layers.length * keyValueHeads * length * headSize; at += 1) {
    const component = at % headSize;
    const token = Math.floor(at / headSize) % length;
    const head = Math.floor(at / headSize / length) % keyValueHeads;
    const layer = Math.floor(at / headSize / length / keyValueHeads);
    const { keys, values } = layers[layer] ?? expect.fail('a layer is missing');
    const key = keys[(head * headSize + component) * capacity + token];
    const value = values[(head * capacity + token) * headSize + component];
    const keyHead = 2 * layer * keyValueHeads + head;
    if (key !== mark(keyHead, token, component)) wrong.push(`key ${layer} ${head} ${token} ${component}`);
    if (value !== mark(keyHead + keyValueHeads, token, component)) {
      wrong.push(`value ${layer} ${head} ${token} ${component}`);
    }
  }
  return wrong;
}

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
