import { expect, test } from 'vitest';
import { createPoolRow, type PoolRow } from '../../../adapters/onnx/engine/key-value-pool.ts';
import { mergePools } from '../../../adapters/onnx/engine/merge-pools.ts';

const shape = {
  layers: 1,
  keyValueHeads: 1,
  headSize: 2,
  vocabularySize: 8,
  contextTokens: 8192,
  cacheType: 'float32',
} as const;

function rowOf(positions: number): PoolRow {
  const row = createPoolRow(shape);
  row.pool.reserve(positions);
  row.length = positions;
  return row;
}

function groups(lengths: readonly number[]): readonly (readonly number[])[] {
  return mergePools(lengths.map((length) => rowOf(length).pool)).map(({ rows }) =>
    rows.map(({ length }) => length).toSorted((one, other) => other - one),
  );
}

test('rows of like length share a pool', () => {
  expect(groups([100, 120, 90])).toEqual([[120, 100, 90]]);
});

test('a row far longer than many others keeps a pool of its own', () => {
  expect(groups([4096, 64, 64, 64])).toEqual([[64, 64, 64], [4096]]);
});

test('one short row joins a long one: a run of its own would cost more', () => {
  expect(groups([1024, 64])).toEqual([[1024, 64]]);
});
