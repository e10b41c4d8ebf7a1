import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { FileHandle } from 'node:fs/promises';
import type { DecoderManifest, ModelManifest } from '../model-folder.ts';
import type { DecoderWeights } from './decoder-weights.ts';
import type { GgufHeader } from './gguf-header.ts';
import type { AccuracyLevel } from './int8-nodes.ts';
import type { DecoderParameters } from './decoder-parameters.ts';
import type { DecoderTensors } from './decoder-tensors.ts';
import type { TokenizerMetadata } from './tokenizer-metadata.ts';

import { manifestFileName } from '../model-folder.ts';
import { writeDecoderWeights } from './decoder-weights.ts';
import { publishFolder, refuseExisting } from './draft-folder.ts';
import { deltaGraph } from './delta-graph.ts';
import { readGgufHeader } from './gguf-header.ts';
import { createHashedFile, writeHashedFile, writeHashedJson } from './hashed-file.ts';
import { importedVersion } from './imported-version.ts';
import { readDecoderParameters } from './decoder-parameters.ts';
import { findDecoderTensors } from './decoder-tensors.ts';
import { configJson, generationConfigJson } from './model-config-files.ts';
import { encodeModel } from './onnx-model.ts';
import { tokenizerConfigJson, tokenizerJson } from './tokenizer-files.ts';
import { readTokenizerMetadata } from './tokenizer-metadata.ts';

export interface ImportGgufOptions {
  /** Path of the GGUF file. */
  readonly file: string;
  /** The model folder to make. It must not exist; its parents are made as needed. */
  readonly directory: string;
  /** The model's name towards clients. */
  readonly name: string;
  /** Where the file came from, for people. */
  readonly source: string;
  /** How the graph computes its products; 0 is for comparisons. @default 4 */
  readonly accuracyLevel?: AccuracyLevel;
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Stops the import between two pieces of a tensor; the promise is then rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Bytes of weights in the GGUF file. */
export interface ImportProgress {
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

/** Counts up when the same GGUF file would become another graph or other weights. */
const conversion = 'delta-int8-4';

const graphFile = 'model.onnx';
const weightsFile = 'model.onnx_data';

/**
 * Turns a GGUF file into a model folder: the decoder in delta form with int8 weights, its
 * tokenizer and its manifest. The folder appears under its name whole or not at all.
 *
 * @throws ModelImportError naming what the file holds and what is imported.
 */
export async function importGguf(options: ImportGgufOptions): Promise<DecoderManifest> {
  options.signal?.throwIfAborted();
  await refuseExisting(options.directory);
  const source = await open(options.file, 'r');
  try {
    const model = await readModel(source);
    return await publishFolder(options, (draft) =>
      writeFolder(draft, { ...options, source, origin: options.source, model }),
    );
  } finally {
    await source.close();
  }
}

interface SourceModel {
  readonly parameters: DecoderParameters;
  readonly tokenizer: TokenizerMetadata;
  readonly tensors: DecoderTensors;
  readonly weightBytes: number;
}

/** Everything that can be wrong with the file short of its end breaking off is found here, before a byte is written. */
async function readModel(source: FileHandle): Promise<SourceModel> {
  const header: GgufHeader = await readGgufHeader(source);
  const parameters = readDecoderParameters(header.metadata);
  const tokenizer = readTokenizerMetadata(header.metadata);
  const tensors = findDecoderTensors(header, parameters);
  const weightBytes = header.tensors.values().reduce((sum, tensor) => sum + tensor.byteLength, 0);
  return { parameters, tokenizer, tensors, weightBytes };
}

interface FolderInputs {
  readonly source: FileHandle;
  readonly origin: string;
  readonly name: string;
  readonly model: SourceModel;
  readonly accuracyLevel?: AccuracyLevel;
  readonly onProgress?: (progress: ImportProgress) => void;
  readonly signal?: AbortSignal;
}

async function writeFolder(folder: string, inputs: FolderInputs): Promise<DecoderManifest> {
  const { parameters, tokenizer, tensors } = inputs.model;
  const { weights, entry: weightsEntry } = await writeWeights(folder, inputs);
  const { accuracyLevel = 4 } = inputs;
  const graph = encodeModel(deltaGraph(parameters, weights, { accuracyLevel }));
  const tied = tensors.head === undefined;
  const files: ModelManifest['files'] = [
    weightsEntry,
    await writeHashedFile(folder, graphFile, graph),
    await writeHashedJson(folder, 'tokenizer.json', tokenizerJson(tokenizer)),
    await writeHashedJson(
      folder,
      'tokenizer_config.json',
      tokenizerConfigJson(tokenizer, parameters.contextTokens),
    ),
    await writeHashedJson(folder, 'config.json', configJson(parameters, tokenizer, { tied })),
    await writeHashedJson(folder, 'generation_config.json', generationConfigJson(tokenizer)),
  ];
  const manifest: DecoderManifest = {
    formatVersion: 1,
    name: inputs.name,
    version: importedVersion(conversion, files),
    source: inputs.origin,
    graph: 'delta',
    graphFile,
    decoder: {
      layers: parameters.layers,
      keyValueHeads: parameters.keyValueHeads,
      headSize: parameters.headSize,
      vocabularySize: tokenizer.tokens.length,
      contextTokens: parameters.contextTokens,
    },
    tokens: {
      ...(tokenizer.bos !== undefined && { bos: tokenizer.bos }),
      eos: [...tokenizer.endOfAnswer],
    },
    files,
  };
  await writeFile(join(folder, manifestFileName), `${JSON.stringify(manifest, undefined, 2)}\n`);
  return manifest;
}

async function writeWeights(
  folder: string,
  { source, model, onProgress, signal }: FolderInputs,
): Promise<{ weights: DecoderWeights; entry: ModelManifest['files'][number] }> {
  let bytesDone = 0;
  function onBytes(bytes: number): void {
    bytesDone += bytes;
    onProgress?.({ bytesDone, bytesTotal: model.weightBytes });
  }
  const target = await createHashedFile(folder, weightsFile);
  try {
    const streams = { source, target, read: { signal, onBytes } };
    const weights = await writeDecoderWeights(model.tensors, streams, model.parameters);
    return { weights, entry: target.entry() };
  } finally {
    await target.close();
  }
}
