import { Tensor, type InferenceSession } from 'onnxruntime-node';
import type { Decoder, DecoderRow } from './decoder.ts';
import { pastNames, type DecoderShape } from './decoder-shape.ts';
import { bytesOfPositions, cacheTypeOf, type CacheType } from './key-value-buffer.ts';
import { floatsOf, int64Tensor } from './tensors.ts';

/**
 * The usual export: the graph returns past and new keys and values together, and they go in again as they came. Rows are run one
 * after the other: exports differ in how they mask the holes of shorter rows, and a wrong guess would show in answers only.
 */
export function createPastPresentDecoder(session: InferenceSession, shape: DecoderShape): Decoder {
  const inputs = new Set(session.inputNames);
  const cacheType = cacheTypeOf(session);
  const open = new Set<PastPresentRow>();

  async function runRow(row: PastPresentRow, tokens: readonly number[]): Promise<Float32Array> {
    const outputs = await session.run({ ...tokenInputs(inputs, tokens, row.length), ...row.past });
    row.past = presentAsPast(outputs, shape);
    row.length += tokens.length;
    return lastRow(floatsOf(outputs['logits'], 'logits'), shape.vocabularySize);
  }

  return {
    open() {
      const row = new PastPresentRow(emptyPast(cacheType, shape), () => open.delete(row));
      open.add(row);
      return row;
    },
    cacheBytes() {
      const positions = Array.from(open, ({ length }) => length).reduce((sum, length) => sum + length, 0);
      return bytesOfPositions({ ...shape, cacheType }, positions);
    },
    async run(steps) {
      const logits: Float32Array[] = [];
      for (const { row, tokens } of steps) {
        if (!(row instanceof PastPresentRow)) throw new Error('the row is of another decoder');
        logits.push(await runRow(row, tokens));
      }
      return logits;
    },
  };
}

class PastPresentRow implements DecoderRow {
  past: Record<string, Tensor>;
  length = 0;

  readonly #onClose: () => void;

  constructor(past: Record<string, Tensor>, onClose: () => void) {
    this.#onClose = onClose;
    this.past = past;
  }

  close(): void {
    this.past = {};
    this.#onClose();
  }
}

function tokenInputs(
  inputs: ReadonlySet<string>,
  tokens: readonly number[],
  pastLength: number,
): Record<string, Tensor> {
  const count = tokens.length;
  const total = pastLength + count;
  const all = {
    input_ids: int64Tensor(tokens, [1, count]),
    attention_mask: int64Tensor(
      Array.from({ length: total }, () => 1),
      [1, total],
    ),
    position_ids: int64Tensor(
      Array.from({ length: count }, (_, index) => pastLength + index),
      [1, count],
    ),
    num_logits_to_keep: int64Tensor([1], []),
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => inputs.has(name)));
}

function emptyPast(cacheType: CacheType, shape: DecoderShape): Record<string, Tensor> {
  const dimensions = [1, shape.keyValueHeads, 0, shape.headSize];
  const empty = (): Tensor =>
    cacheType === 'float16'
      ? new Tensor('float16', new Uint16Array(0), dimensions)
      : new Tensor('float32', new Float32Array(0), dimensions);
  return Object.fromEntries(
    pastNames(shape).flatMap(({ key, value }) => [
      [key, empty()],
      [value, empty()],
    ]),
  );
}

function presentAsPast(
  outputs: Readonly<Record<string, Tensor>>,
  shape: DecoderShape,
): Record<string, Tensor> {
  const past: Record<string, Tensor> = {};
  for (const [layer, name] of pastNames(shape).entries()) {
    const key = outputs[`present.${layer}.key`];
    const value = outputs[`present.${layer}.value`];
    if (key === undefined || value === undefined) {
      throw new Error(`the graph gave no keys or values for layer ${layer}`);
    }
    past[name.key] = key;
    past[name.value] = value;
  }
  return past;
}

/** Logits come for every token of the run, or for the last one only. */
function lastRow(logits: Float32Array, vocabularySize: number): Float32Array {
  return logits.subarray(logits.length - vocabularySize);
}
