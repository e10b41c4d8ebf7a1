import { open, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { FileHandle } from 'node:fs/promises';
import type { EncoderManifest } from '../model-folder.ts';
import type { BertConfig } from './encoder/bert-config.ts';
import type { BertWeights } from './encoder/bert-graph.ts';
import type { ImportGgufOptions } from './import-gguf.ts';

import { describeEncoder, type EncoderDescription } from '../encoder-description.ts';
import { manifestFileName } from '../model-folder.ts';
import { readEncoderFiles, readJsonFile } from '../read-encoder-files.ts';
import { publishFolder, refuseExisting } from './draft-folder.ts';
import { readBertConfig } from './encoder/bert-config.ts';
import { bertGraph } from './encoder/bert-graph.ts';
import { writeBertWeights } from './encoder/bert-weights.ts';
import { openSafetensors } from './encoder/safetensors.ts';
import { createHashedFile, writeHashedFile } from './hashed-file.ts';
import { importedVersion } from './imported-version.ts';
import { ModelImportError } from './model-import-error.ts';
import { encodeModel } from './onnx-model.ts';

/** The file is `model.safetensors`; beside it lie `config.json`, `tokenizer.json` and what sentence-transformers writes. */
export type ImportEncoderOptions = ImportGgufOptions;

/** Counts up when the same files would become another graph or other weights. */
const conversion = 'encoder-float-1';

const graphFile = 'model.onnx';
const weightsFile = 'model.onnx_data';

/** Files that go along unchanged, where they are there. */
const copied = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json'];

/**
 * Turns the safetensors of a BERT-style encoder into a model folder with weights in single precision. The folder appears under
 * its name whole or not at all.
 *
 * @throws ModelImportError naming what the files hold and what is imported.
 */
export async function importEncoder(options: ImportEncoderOptions): Promise<EncoderManifest> {
  options.signal?.throwIfAborted();
  await refuseExisting(options.directory);
  const folder = dirname(options.file);
  const weights = await open(options.file, 'r');
  try {
    const config = readBertConfig(await readJsonFile(join(folder, 'config.json')));
    const encoder = await describe(folder, config);
    return await publishFolder(options, (draft) =>
      writeFolder(draft, { ...options, weights, folder, config, encoder }),
    );
  } finally {
    await weights.close();
  }
}

async function describe(folder: string, config: BertConfig): Promise<EncoderDescription> {
  try {
    return describeEncoder({ ...(await readEncoderFiles(folder)), config });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'its files cannot be read';
    throw new ModelImportError('unsupported-feature', `The encoder is not imported: ${reason}.`, { cause });
  }
}

interface FolderInputs extends ImportEncoderOptions {
  readonly weights: FileHandle;
  /** Of the source files. */
  readonly folder: string;
  readonly config: BertConfig;
  readonly encoder: EncoderDescription;
}

async function writeFolder(draft: string, inputs: FolderInputs): Promise<EncoderManifest> {
  const { config, encoder } = inputs;
  const { weights, entry } = await writeWeights(draft, inputs);
  const graph = encodeModel(bertGraph(config, weights, encoder.task));
  const files = [
    entry,
    await writeHashedFile(draft, graphFile, graph),
    ...(await copyFiles(draft, inputs.folder)),
  ];
  const manifest: EncoderManifest = {
    formatVersion: 1,
    name: inputs.name,
    version: importedVersion(conversion, files),
    source: inputs.source,
    graph: 'encoder',
    graphFile,
    encoder,
    files,
  };
  await writeFile(join(draft, manifestFileName), `${JSON.stringify(manifest, undefined, 2)}\n`);
  return manifest;
}

async function writeWeights(
  draft: string,
  { weights: file, config, encoder, onProgress, signal }: FolderInputs,
): Promise<{ weights: BertWeights; entry: EncoderManifest['files'][number] }> {
  const source = await openSafetensors(file);
  let bytesDone = 0;
  function onBytes(bytes: number): void {
    bytesDone += bytes;
    onProgress?.({ bytesDone, bytesTotal: source.byteLength });
  }
  const target = await createHashedFile(draft, weightsFile);
  try {
    const streams = { source, target, signal, onBytes };
    return { weights: await writeBertWeights(config, streams, labelsOf(encoder)), entry: target.entry() };
  } finally {
    await target.close();
  }
}

function labelsOf(encoder: EncoderDescription): number | undefined {
  switch (encoder.task) {
    case 'embed':
      return undefined;
    case 'classify':
      return encoder.labels.length;
    case 'rerank':
      return 1;
  }
}

async function copyFiles(draft: string, folder: string): Promise<EncoderManifest['files']> {
  const entries: EncoderManifest['files'] = [];
  for (const name of copied) {
    const content = await readFile(join(folder, name)).catch((error: unknown) => {
      if (isMissing(error) && name === 'special_tokens_map.json') return undefined;
      throw error;
    });
    if (content !== undefined) entries.push(await writeHashedFile(draft, name, content));
  }
  return entries;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
