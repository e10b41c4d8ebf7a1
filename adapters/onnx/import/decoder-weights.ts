import type { FileHandle } from 'node:fs/promises';
import type { DecoderParameters } from './decoder-parameters.ts';
import type { DecoderLayerTensors, DecoderTensors } from './decoder-tensors.ts';
import type { GgufTensor } from './gguf-header.ts';
import type { HashedFile } from './hashed-file.ts';
import type { ExternalRange } from './onnx-model.ts';
import type { ReadOptions } from './tensor-reader.ts';

import { ModelImportError } from './model-import-error.ts';
import { quantizeInt8 } from './quantize-int8.ts';
import { readRows, readVector } from './tensor-reader.ts';

/** A matrix of the graph as it lies in the weights file: rows are outputs. */
export interface StoredMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly blockSize: number;
  /** uint8 [rows, columns / blockSize, blockSize] */
  readonly bytes: ExternalRange;
  /** float32 [rows, columns / blockSize] */
  readonly scales: ExternalRange;
}

export interface DecoderLayer {
  readonly attentionNorm: Float32Array;
  /** The rows of the queries, then of the keys, then of the values. */
  readonly queryKeyValue: StoredMatrix;
  /** Undefined where the architecture has none, as in what follows. */
  readonly queryKeyValueBias: Float32Array | undefined;
  /** Gains of the norms of the heads: a row of `columns` for each query head, then for each key head. */
  readonly headGains: { readonly values: Float32Array; readonly columns: number } | undefined;
  readonly attentionOutput: StoredMatrix;
  readonly attentionPostNorm: Float32Array | undefined;
  readonly feedForwardNorm: Float32Array;
  /** The rows of the gate, then of the up projection. */
  readonly gateUp: StoredMatrix;
  readonly down: StoredMatrix;
  readonly feedForwardPostNorm: Float32Array | undefined;
}

export interface DecoderWeights {
  readonly embedding: StoredMatrix;
  /** The same object as `embedding` when the model ties them. */
  readonly head: StoredMatrix;
  readonly outputNorm: Float32Array;
  readonly ropeFactors: Float32Array | undefined;
  readonly layers: readonly DecoderLayer[];
}

export interface WeightStreams {
  readonly source: FileHandle;
  readonly target: HashedFile;
  readonly read: ReadOptions;
}

/** Converts tensor by tensor; what is kept in memory is one chunk, the norms, and the scales of one matrix. */
export async function writeDecoderWeights(
  tensors: DecoderTensors,
  streams: WeightStreams,
  parameters: DecoderParameters,
): Promise<DecoderWeights> {
  const embedding = await writeMatrix([tensors.embedding], streams);
  const head = tensors.head === undefined ? embedding : await writeMatrix([tensors.head], streams);
  const layers: DecoderLayer[] = [];
  for (const layer of tensors.layers) layers.push(await writeLayer(layer, streams, parameters));
  return {
    embedding,
    head,
    layers,
    outputNorm: await readVector(streams.source, tensors.outputNorm, streams.read),
    ropeFactors: await readIfAny(tensors.ropeFactors, streams),
  };
}

/**
 * The rotary embedding is linear, so the attention scale may as well sit in what makes the queries: the gains of their norm, which
 * would undo a scale before it, or else their weights.
 */
async function writeLayer(
  layer: DecoderLayerTensors,
  streams: WeightStreams,
  parameters: DecoderParameters,
): Promise<DecoderLayer> {
  const { source, read } = streams;
  const headGains = await readHeadGains(layer, streams, parameters);
  const queryFactor = headGains === undefined ? parameters.attentionScale : 1;
  const query = { tensor: layer.query, factor: queryFactor };
  return {
    attentionNorm: await readVector(source, layer.attentionNorm, read),
    queryKeyValue: await writeMatrix([query, layer.key, layer.value], streams),
    queryKeyValueBias: await readBias(layer, streams, queryFactor),
    headGains,
    attentionOutput: await writeMatrix([layer.attentionOutput], streams),
    attentionPostNorm: await readIfAny(layer.attentionPostNorm, streams),
    feedForwardNorm: await readVector(source, layer.feedForwardNorm, read),
    gateUp: await writeMatrix([layer.gate, layer.up], streams),
    down: await writeMatrix([layer.down], streams),
    feedForwardPostNorm: await readIfAny(layer.feedForwardPostNorm, streams),
  };
}

async function readIfAny(
  tensor: GgufTensor | undefined,
  { source, read }: WeightStreams,
): Promise<Float32Array | undefined> {
  return tensor && (await readVector(source, tensor, read));
}

async function readBias(
  layer: DecoderLayerTensors,
  streams: WeightStreams,
  queryFactor: number,
): Promise<Float32Array | undefined> {
  const query = await readIfAny(layer.queryBias, streams);
  const key = await readIfAny(layer.keyBias, streams);
  const value = await readIfAny(layer.valueBias, streams);
  if (query === undefined || key === undefined || value === undefined) return undefined;
  return Float32Array.of(...query.map((bias) => bias * queryFactor), ...key, ...value);
}

async function readHeadGains(
  layer: DecoderLayerTensors,
  streams: WeightStreams,
  { queryHeads, keyValueHeads, attentionScale }: DecoderParameters,
): Promise<DecoderLayer['headGains']> {
  const query = await readIfAny(layer.queryNorm, streams);
  const key = await readIfAny(layer.keyNorm, streams);
  if (query === undefined || key === undefined) return undefined;
  const columns = query.length;
  const values = new Float32Array((queryHeads + keyValueHeads) * columns);
  for (let head = 0; head < queryHeads + keyValueHeads; head += 1) {
    const isQuery = head < queryHeads;
    values.set(isQuery ? query.map((gain) => gain * attentionScale) : key, head * columns);
  }
  return { values, columns };
}

/**
 * Weights that share a scale; the activations they meet are rounded by the same blocks. Against 64, half the error for a
 * twentieth of the speed (see the README).
 */
const blockSize = 32;

/** Weights files are mapped into memory, which wants whole pages. */
const pageBytes = 4096;

type MatrixPart = GgufTensor | { readonly tensor: GgufTensor; readonly factor: number };

/** Puts the parts below each other into one matrix. */
async function writeMatrix(
  matrixParts: readonly MatrixPart[],
  { source, target, read }: WeightStreams,
): Promise<StoredMatrix> {
  const parts = matrixParts.map((part) => ('tensor' in part ? part : { tensor: part, factor: 1 }));
  const columns = parts[0]?.tensor.dimensions[0] ?? 0;
  const rows = parts.reduce((sum, { tensor }) => sum + (tensor.dimensions[1] ?? 0), 0);
  requireWholeBlocks(columns, parts[0]?.tensor.name ?? '');
  const scales = new Float32Array((rows * columns) / blockSize);
  let blocksDone = 0;
  await target.align(pageBytes);
  const start = target.position();
  for (const { tensor, factor } of parts) {
    for await (const values of readRows(source, tensor, read)) {
      const blocks = values.length / blockSize;
      const bytes = new Uint8Array(values.length);
      const chunkScales = scales.subarray(blocksDone, blocksDone + blocks);
      quantizeInt8(values, { bytes, scales: chunkScales }, { blockSize, factor });
      await target.write(bytes);
      blocksDone += blocks;
    }
  }
  const bytes = rangeSince(target, start);
  await target.align(pageBytes);
  const scalesStart = target.position();
  await target.write(new Uint8Array(scales.buffer));
  return { rows, columns, blockSize, bytes, scales: rangeSince(target, scalesStart) };
}

function rangeSince(target: HashedFile, offset: number): ExternalRange {
  return { file: target.path, offset, byteLength: target.position() - offset };
}

function requireWholeBlocks(columns: number, name: string): void {
  if (columns % blockSize === 0) return;
  throw new ModelImportError(
    'unsupported-feature',
    `${name} has rows of ${columns} weights; only multiples of ${blockSize} are imported.`,
  );
}
