import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CacheShape } from '../../../adapters/onnx/engine/key-value-buffer.ts';
import { createPoolRow, type PoolRow } from '../../../adapters/onnx/engine/key-value-pool.ts';

const shape: CacheShape = {
  layers: 2,
  keyValueHeads: 3,
  headSize: 4,
  vocabularySize: 10,
  contextTokens: 1000,
  cacheType: 'float32',
};
const heads = 2 * shape.layers * shape.keyValueHeads;

interface Place {
  readonly sequence: number;
  /** Of `new_kv`. */
  readonly head: number;
  readonly token: number;
  readonly component: number;
}

/** A number that says where it belongs. */
function mark({ sequence, head, token, component }: Place): number {
  return ((sequence * heads + head) * 1000 + token) * shape.headSize + component;
}

/** A sequence that knows what its cache must hold. */
interface Marked {
  readonly sequence: number;
  readonly row: PoolRow;
}

/** Adds tokens as a run of the graph gives them: `new_kv` of all rows of the pool. */
function append({ sequence, row }: Marked, count: number): void {
  const span = count + 2;
  const data = Float32Array.from({ length: (row.index + 1) * heads * span * shape.headSize }, (_, at) => {
    const component = at % shape.headSize;
    const token = Math.floor(at / shape.headSize) % span;
    const head = Math.floor(at / (shape.headSize * span)) % heads;
    return mark({ sequence, head, token: row.length + token, component });
  });
  row.pool.append(row, { data, row: row.index, span }, count);
}

/** Every key and value of the sequence that is not where `graph-form.md` wants it. */
function misplaced({ sequence, row }: Marked): string[] {
  const { buffer } = row.pool.span(row, 0);
  const { keyValueHeads, headSize } = shape;
  const wrong: string[] = [];
  for (let at = 0; at < shape.layers * keyValueHeads * row.length * headSize; at += 1) {
    const component = at % headSize;
    const token = Math.floor(at / headSize) % row.length;
    const head = Math.floor(at / (headSize * row.length)) % keyValueHeads;
    const layer = Math.floor(at / (headSize * row.length * keyValueHeads));
    const bufferHead = row.index * keyValueHeads + head;
    const key = buffer.layers[layer]?.keys[(bufferHead * headSize + component) * buffer.capacity + token];
    const value = buffer.layers[layer]?.values[(bufferHead * buffer.capacity + token) * headSize + component];
    const place = `layer ${layer}, head ${head}, token ${token}, component ${component}`;
    const keyHead = 2 * layer * keyValueHeads + head;
    const expected = (line: number): number => mark({ sequence, head: line, token, component });
    if (key !== expected(keyHead)) wrong.push(`key of ${place}`);
    if (value !== expected(keyHead + keyValueHeads)) wrong.push(`value of ${place}`);
  }
  return wrong;
}

type Step =
  | { readonly do: 'open' }
  | { readonly do: 'append'; readonly who: number; readonly count: number }
  | { readonly do: 'merge'; readonly who: number; readonly into: number }
  | { readonly do: 'close'; readonly who: number };

const who = fc.nat(5);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('open') }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('append'), who, count: fc.integer({ min: 1, max: 70 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('merge'), who, into: who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close'), who }) },
);

test('whatever joins, grows and leaves, every key and value lies where the graph reads it', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let opened = 0;
      const alive: Marked[] = [];
      for (const next of steps) play(next);
      expect(alive.flatMap(misplaced)).toEqual([]);
      for (const { row } of alive) expect(row.pool.rows[row.index]).toBe(row);

      function play(next: Step): void {
        if (next.do === 'open') alive.push({ sequence: opened++, row: createPoolRow(shape) });
        const marked = next.do === 'open' ? undefined : alive[next.who];
        if (marked === undefined || next.do === 'open') return;
        if (next.do === 'append') append(marked, next.count);
        if (next.do === 'merge') merge(marked, alive[next.into]);
        if (next.do === 'close') {
          marked.row.pool.remove(marked.row);
          alive.splice(next.who, 1);
        }
      }
    }),
    { seed: 5, numRuns: 300 },
  );
});

function merge(guest: Marked, host: Marked | undefined): void {
  if (host !== undefined && host.row.pool !== guest.row.pool) host.row.pool.absorb(guest.row.pool);
}

test('room is never much more than the longest sequence needs', () => {
  const [long, short] = [createPoolRow(shape), createPoolRow(shape)];
  append({ sequence: 0, row: long }, 500);
  append({ sequence: 1, row: short }, 10);
  long.pool.absorb(short.pool);
  expect(short.pool.capacity).toBe(512);
  long.pool.remove(long);
  expect(short.pool.capacity).toBe(64);
});
