import type { FileHandle } from 'node:fs/promises';
import type { GgufTensor } from './gguf-header.ts';
import type { HashedFile } from './hashed-file.ts';
import type { LlamaLayerTensors, LlamaTensors } from './llama-tensors.ts';
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
  readonly attentionOutput: StoredMatrix;
  readonly feedForwardNorm: Float32Array;
  /** The rows of the gate, then of the up projection. */
  readonly gateUp: StoredMatrix;
  readonly down: StoredMatrix;
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
  tensors: LlamaTensors,
  streams: WeightStreams,
  { attentionScale }: { readonly attentionScale: number },
): Promise<DecoderWeights> {
  const embedding = await writeMatrix([tensors.embedding], streams);
  const head = tensors.head === undefined ? embedding : await writeMatrix([tensors.head], streams);
  const layers: DecoderLayer[] = [];
  for (const layer of tensors.layers) layers.push(await writeLayer(layer, streams, attentionScale));
  return {
    embedding,
    head,
    layers,
    outputNorm: await readVector(streams.source, tensors.outputNorm, streams.read),
    ropeFactors: tensors.ropeFactors && (await readVector(streams.source, tensors.ropeFactors, streams.read)),
  };
}

async function writeLayer(
  layer: LlamaLayerTensors,
  streams: WeightStreams,
  attentionScale: number,
): Promise<DecoderLayer> {
  const { source, read } = streams;
  // The rotary embedding is linear, so the attention scale may as well sit in the query weights.
  const query = { tensor: layer.query, factor: attentionScale };
  return {
    attentionNorm: await readVector(source, layer.attentionNorm, read),
    queryKeyValue: await writeMatrix([query, layer.key, layer.value], streams),
    attentionOutput: await writeMatrix([layer.attentionOutput], streams),
    feedForwardNorm: await readVector(source, layer.feedForwardNorm, read),
    gateUp: await writeMatrix([layer.gate, layer.up], streams),
    down: await writeMatrix([layer.down], streams),
  };
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
