import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

import type { FileHandle } from 'node:fs/promises';
import type { ModelManifest } from '../model-folder.ts';
import type { DecoderWeights } from './decoder-weights.ts';
import type { GgufHeader } from './gguf-header.ts';
import type { AccuracyLevel } from './int8-nodes.ts';
import type { DecoderParameters } from './decoder-parameters.ts';
import type { DecoderTensors } from './decoder-tensors.ts';
import type { TokenizerMetadata } from './tokenizer-metadata.ts';

import { manifestFileName } from '../model-folder.ts';
import { writeDecoderWeights } from './decoder-weights.ts';
import { deltaGraph } from './delta-graph.ts';
import { readGgufHeader } from './gguf-header.ts';
import { createHashedFile, writeHashedFile } from './hashed-file.ts';
import { readDecoderParameters } from './decoder-parameters.ts';
import { findDecoderTensors } from './decoder-tensors.ts';
import { configJson, generationConfigJson } from './model-config-files.ts';
import { ModelImportError } from './model-import-error.ts';
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
const conversion = 'delta-int8-3';

/** In the names of folders that an import is still writing. */
const draftMark = '.importing-';

const graphFile = 'model.onnx';
const weightsFile = 'model.onnx_data';

/**
 * Turns a GGUF file into a model folder: the decoder in delta form with int8 weights, its
 * tokenizer and its manifest. The folder appears under its name whole or not at all.
 *
 * @throws ModelImportError naming what the file holds and what is imported.
 */
export async function importGguf(options: ImportGgufOptions): Promise<ModelManifest> {
  options.signal?.throwIfAborted();
  const directory = resolve(options.directory);
  await refuseExisting(directory);
  const source = await open(options.file, 'r');
  try {
    const model = await readModel(source);
    await mkdir(dirname(directory), { recursive: true });
    const draft = await mkdtemp(join(dirname(directory), `.${basename(directory)}${draftMark}`));
    try {
      const manifest = await writeFolder(draft, { ...options, source, origin: options.source, model });
      options.signal?.throwIfAborted();
      // A temporary folder is its maker's alone; a model may be served by another user.
      await chmod(draft, 0o755);
      await publish(draft, directory);
      return manifest;
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      throw error;
    }
  } finally {
    await source.close();
  }
}

/** Removes what imports that were killed left in a folder. Only for a folder in which no import is at work. */
export async function removeDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith('.') && name.includes(draftMark)) await rm(join(folder, name), { recursive: true });
  }
}

async function refuseExisting(directory: string): Promise<void> {
  const found = await stat(directory).catch((error: unknown) => {
    if (isFileError(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (found !== undefined) throw targetExists(directory);
}

/** Renaming onto an empty folder replaces it, onto anything else fails, so a folder made meanwhile is not harmed. */
async function publish(draft: string, directory: string): Promise<void> {
  try {
    await rename(draft, directory);
  } catch (error) {
    if (isFileError(error, 'ENOTEMPTY') || isFileError(error, 'EEXIST')) throw targetExists(directory, error);
    throw error;
  }
}

function targetExists(directory: string, cause?: unknown): ModelImportError {
  return new ModelImportError('target-exists', `${directory} exists already; remove it to import again.`, {
    cause,
  });
}

function isFileError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
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

async function writeFolder(folder: string, inputs: FolderInputs): Promise<ModelManifest> {
  const { parameters, tokenizer, tensors } = inputs.model;
  const { weights, entry: weightsEntry } = await writeWeights(folder, inputs);
  const { accuracyLevel = 4 } = inputs;
  const graph = encodeModel(deltaGraph(parameters, weights, { accuracyLevel }));
  const tied = tensors.head === undefined;
  const files: ModelManifest['files'] = [
    weightsEntry,
    await writeHashedFile(folder, graphFile, graph),
    await writeJson(folder, 'tokenizer.json', tokenizerJson(tokenizer)),
    await writeJson(
      folder,
      'tokenizer_config.json',
      tokenizerConfigJson(tokenizer, parameters.contextTokens),
    ),
    await writeJson(folder, 'config.json', configJson(parameters, tokenizer, { tied })),
    await writeJson(folder, 'generation_config.json', generationConfigJson(tokenizer)),
  ];
  const manifest: ModelManifest = {
    formatVersion: 1,
    name: inputs.name,
    version: versionOf(files),
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

function writeJson(folder: string, path: string, content: object): Promise<ModelManifest['files'][number]> {
  return writeHashedFile(folder, path, `${JSON.stringify(content, undefined, 2)}\n`);
}

/** The same bytes have the same version, wherever and whenever they were imported. */
function versionOf(files: ModelManifest['files']): string {
  const hash = createHash('sha256').update(conversion);
  for (const { path, sha256 } of files) hash.update(`\n${path} ${sha256}`);
  return hash.digest('hex').slice(0, 16);
}
