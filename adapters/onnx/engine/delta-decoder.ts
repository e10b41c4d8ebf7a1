import type { InferenceSession } from 'onnxruntime-node';
import type { Decoder, DecoderStep } from './decoder.ts';
import type { DecoderShape } from './decoder-shape.ts';
import { DeltaRow } from './delta-row.ts';
import { cacheTypeOf, type CacheArray, type CacheShape } from './key-value-buffer.ts';
import type { KeyValuePool, PoolRow } from './key-value-pool.ts';
import { mergePools } from './merge-pools.ts';
import { floatsOf, halfBitsOf, int64Tensor } from './tensors.ts';

/** The graph of graph-form.md: it returns only new keys and values, and the cache is ours. */
export function createDeltaDecoder(session: InferenceSession, decoderShape: DecoderShape): Decoder {
  const shape: CacheShape = { ...decoderShape, cacheType: cacheTypeOf(session) };
  const open = new Set<DeltaRow>();

  /** One run over all rows of the pool; those without a step take part with a token that nobody looks at. */
  async function runPool(pool: KeyValuePool, tokensOf: TokensOf): Promise<PoolLogits> {
    const tokens = pool.rows.map((row) => tokensOf.get(row) ?? idle);
    const rows = tokens.length;
    const span = Math.max(...tokens.map(({ length }) => length));
    const { logits, new_kv: newKeyValues } = await session.run({
      input_ids: int64Tensor(
        tokens.flatMap((some) => Array.from({ length: span }, (_, at) => some[at] ?? 0)),
        [rows, span],
      ),
      new_len: int64Tensor(
        tokens.map(({ length }) => length),
        [rows],
      ),
      past_len: int64Tensor(
        pool.rows.map(({ length }) => length),
        [rows],
      ),
      ...pool.inputs(),
    });
    const data: CacheArray =
      shape.cacheType === 'float16' ? halfBitsOf(newKeyValues, 'new_kv') : floatsOf(newKeyValues, 'new_kv');
    const all = floatsOf(logits, 'logits');
    for (const [row, poolRow] of pool.rows.entries()) {
      const some = tokensOf.get(poolRow);
      if (some !== undefined) pool.append(poolRow, { data, row, span }, some.length);
    }
    const width = shape.vocabularySize;
    return new Map(pool.rows.map((poolRow, row) => [poolRow, all.subarray(row * width, (row + 1) * width)]));
  }

  return {
    open() {
      const row = new DeltaRow(shape, () => open.delete(row));
      open.add(row);
      return row;
    },
    cacheBytes() {
      const pools = new Set(Array.from(open, ({ poolRow }) => poolRow.pool));
      return [...pools].reduce((sum, pool) => sum + pool.bytes(), 0);
    },
    async run(steps) {
      const tokensOf: TokensOf = new Map(steps.map((step) => [poolRowOf(step), step.tokens]));
      const logits = new Map<PoolRow, Float32Array>();
      for (const pool of poolsFor(tokensOf)) {
        for (const [row, ofRow] of await runPool(pool, tokensOf)) logits.set(row, ofRow);
      }
      return steps.map((step) => logits.get(poolRowOf(step)) ?? noLogits());
    },
  };
}

type TokensOf = ReadonlyMap<PoolRow, readonly number[]>;
type PoolLogits = ReadonlyMap<PoolRow, Float32Array>;

/** What a row that has nothing to do runs; nothing of it is kept. */
const idle: readonly number[] = [0];

/**
 * The pools to run, merged where that pays. Rows with more than one token stay apart: in a shared run every row is as long as the
 * longest.
 */
function poolsFor(tokensOf: TokensOf): readonly KeyValuePool[] {
  const pools = new Set(Array.from(tokensOf.keys(), ({ pool }) => pool));
  const longest = Math.max(...Array.from(tokensOf.values(), ({ length }) => length));
  return longest > 1 ? [...pools] : mergePools([...pools]);
}

function poolRowOf({ row }: DecoderStep): PoolRow {
  if (row instanceof DeltaRow) return row.poolRow;
  throw new Error('the row is of another decoder');
}

function noLogits(): never {
  throw new Error('the graph gave no logits for a row');
}
