import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';

import type { DecoderManifest } from '../model-folder.ts';

import { halfBitsOf } from '../engine/tensors.ts';
import { manifestFileName, modelManifestSchema } from '../model-folder.ts';

/** Runs a delta graph straight from its folder, as plainly as possible, to see what the graph itself computes. */
export interface DeltaRunner {
  readonly manifest: DecoderManifest;
  /** One run of the graph. Rows may have different histories and different numbers of new tokens. */
  run(rows: readonly DeltaRow[], options?: DeltaRunOptions): Promise<readonly DeltaResult[]>;
  close(): Promise<void>;
}

export interface DeltaRow {
  readonly tokens: readonly number[];
  /** What earlier runs returned for this row. @default none */
  readonly history?: DeltaHistory;
}

/** Per past token: its `new_kv` numbers, [2 * layers * keyValueHeads, headSize]. */
export type DeltaHistory = readonly Float32Array[];

export interface DeltaResult {
  readonly logits: Float32Array;
  readonly history: DeltaHistory;
}

export interface DeltaRunOptions {
  /** Cache positions a row. @default the longest history */
  readonly cacheTokens?: number;
  /** New tokens a row. @default the longest row */
  readonly newTokens?: number;
}

/** In every place that the graph must not look at, so that a look would show. */
const junk = { number: 7, token: 3 } as const;

export async function openDeltaRunner(directory: string): Promise<DeltaRunner> {
  const manifestText = await readFile(join(directory, manifestFileName), 'utf8');
  const manifest = modelManifestSchema.parse(JSON.parse(manifestText));
  if (manifest.graph === 'encoder') throw new Error('an encoder is no delta graph');
  const session = await InferenceSession.create(join(directory, manifest.graphFile), {
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  return {
    manifest,
    run: async (rows, options = {}) => {
      const cacheTokens = options.cacheTokens ?? longest(rows.map(({ history }) => history ?? []));
      const newTokens = options.newTokens ?? longest(rows.map(({ tokens }) => tokens));
      const feeds = {
        ...tokenFeeds(rows, newTokens),
        ...cacheFeeds(rows, cacheTokens, manifest.decoder),
      };
      const outputs = await session.run(feeds);
      return rows.map((row, index) => readRow(row, { index, newTokens, outputs, decoder: manifest.decoder }));
    },
    close: () => session.release(),
  };
}

function longest(lists: readonly (readonly unknown[])[]): number {
  return Math.max(...lists.map((list) => list.length));
}

function tokenFeeds(rows: readonly DeltaRow[], newTokens: number): Record<string, Tensor> {
  const ids = rows.flatMap(({ tokens }) => {
    return Array.from({ length: newTokens }, (_, index) => tokens[index] ?? junk.token);
  });
  return {
    input_ids: int64(ids, [rows.length, newTokens]),
    new_len: int64(
      rows.map(({ tokens }) => tokens.length),
      [rows.length],
    ),
    past_len: int64(
      rows.map(({ history }) => history?.length ?? 0),
      [rows.length],
    ),
  };
}

function int64(values: readonly number[], dimensions: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), dimensions);
}

function cacheFeeds(
  rows: readonly DeltaRow[],
  cacheTokens: number,
  { layers, keyValueHeads, headSize }: DecoderManifest['decoder'],
): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  for (let layer = 0; layer < layers; layer += 1) {
    const keys = new Float16Array(rows.length * keyValueHeads * headSize * cacheTokens).fill(junk.number);
    const values = new Float16Array(keys.length).fill(junk.number);
    for (const [index, { history = [] }] of rows.entries()) {
      for (let at = 0; at < keyValueHeads * headSize * history.length; at += 1) {
        const token = at % history.length;
        const element = Math.floor(at / history.length);
        const head = Math.floor(element / headSize);
        const numbers = history[token] ?? [];
        const row = (index * keyValueHeads + head) * headSize * cacheTokens;
        keys[row + (element % headSize) * cacheTokens + token] =
          numbers[2 * layer * keyValueHeads * headSize + element] ?? Number.NaN;
        values[row + token * headSize + (element % headSize)] =
          numbers[(2 * layer + 1) * keyValueHeads * headSize + element] ?? Number.NaN;
      }
    }
    const name = `past_key_values.${layer}`;
    feeds[`${name}.key`] = new Tensor('float16', bitsOf(keys), [
      rows.length,
      keyValueHeads,
      headSize,
      cacheTokens,
    ]);
    feeds[`${name}.value`] = new Tensor('float16', bitsOf(values), [
      rows.length,
      keyValueHeads,
      cacheTokens,
      headSize,
    ]);
  }
  return feeds;
}

interface RowPlace {
  readonly index: number;
  readonly newTokens: number;
  readonly outputs: InferenceSession.OnnxValueMapType;
  readonly decoder: DecoderManifest['decoder'];
}

function readRow(
  { tokens, history = [] }: DeltaRow,
  { index, newTokens, outputs, decoder }: RowPlace,
): DeltaResult {
  const { layers, keyValueHeads, headSize, vocabularySize } = decoder;
  const logits = floats(outputs, 'logits').slice(index * vocabularySize, (index + 1) * vocabularySize);
  const heads = 2 * layers * keyValueHeads;
  const newKeyValues = halfFloats(outputs, 'new_kv');
  const added = tokens.map((_, token) => {
    return Float32Array.from({ length: heads * headSize }, (_unused, at) => {
      const head = Math.floor(at / headSize);
      return (
        newKeyValues[((index * heads + head) * newTokens + token) * headSize + (at % headSize)] ?? Number.NaN
      );
    });
  });
  return { logits, history: [...history, ...added] };
}

function floats(outputs: InferenceSession.OnnxValueMapType, name: string): Float32Array {
  const data = outputs[name]?.data;
  if (!(data instanceof Float32Array)) throw new TypeError(`${name} is no float tensor`);
  return data;
}

function halfFloats(outputs: InferenceSession.OnnxValueMapType, name: string): Float16Array {
  const bits = halfBitsOf(outputs[name], name);
  return new Float16Array(bits.buffer, bits.byteOffset, bits.length);
}

function bitsOf({ buffer, byteOffset, length }: Float16Array<ArrayBuffer>): Uint16Array<ArrayBuffer> {
  return new Uint16Array(buffer, byteOffset, length);
}
