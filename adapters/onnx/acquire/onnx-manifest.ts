import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { describeEncoder, encoderConfigSchema, isEncoder } from '../encoder-description.ts';
import type { DecoderManifest, ModelManifest } from '../model-folder.ts';
import { readEncoderFiles, readJsonFile } from '../read-encoder-files.ts';
import { sha256OfFile } from './file-digest.ts';
import { readJson } from './read-json.ts';

const tokenIdsSchema = z.union([
  z
    .int()
    .nonnegative()
    .transform((id) => [id]),
  z.array(z.int().nonnegative()),
]);

/** The part of `config.json` that a decoder's manifest needs. The names are those of Hugging Face's Llama family. */
const configSchema = z.looseObject({
  num_hidden_layers: z.int().positive(),
  num_attention_heads: z.int().positive(),
  num_key_value_heads: z.int().positive().optional(),
  hidden_size: z.int().positive(),
  head_dim: z.int().positive().nullish(),
  vocab_size: z.int().positive(),
  max_position_embeddings: z.int().positive(),
  bos_token_id: z.int().nonnegative().nullish(),
  eos_token_id: tokenIdsSchema.nullish(),
});

const generationConfigSchema = z.looseObject({
  bos_token_id: z.int().nonnegative().nullish(),
  eos_token_id: tokenIdsSchema.nullish(),
});

export interface OnnxFolder {
  readonly directory: string;
  readonly name: string;
  readonly source: string;
  readonly graphFile: string;
  /** Paths of all files of the model, relative to the folder. */
  readonly files: readonly string[];
}

/** The manifest of a folder in the layout of transformers.js. The version is a hash of all files, so any change makes another one. */
export async function describeOnnxFolder(folder: OnnxFolder, signal: AbortSignal): Promise<ModelManifest> {
  const config = encoderConfigSchema.safeParse(await readJsonFile(join(folder.directory, 'config.json')));
  const files = await fingerprints(folder, signal);
  const common = {
    formatVersion: 1,
    name: folder.name,
    version: versionOf(files),
    source: folder.source,
    graphFile: folder.graphFile,
    files,
  } as const;
  if (config.success && isEncoder(config.data)) {
    const described = await readEncoderFiles(folder.directory);
    return { ...common, graph: 'encoder', encoder: describeEncoder({ ...described, config: config.data }) };
  }
  return { ...common, graph: 'past-present', ...(await describeDecoder(folder)) };
}

async function describeDecoder({
  directory,
  files,
}: OnnxFolder): Promise<Pick<DecoderManifest, 'decoder' | 'tokens'>> {
  const config = await readJson(join(directory, 'config.json'), configSchema);
  const generation = files.includes('generation_config.json')
    ? await readJson(join(directory, 'generation_config.json'), generationConfigSchema)
    : {};
  const eos = generation.eos_token_id ?? config.eos_token_id ?? [];
  if (eos.length === 0) throw new Error('neither generation_config.json nor config.json has an eos_token_id');
  const bos = generation.bos_token_id ?? config.bos_token_id ?? undefined;
  return {
    decoder: {
      layers: config.num_hidden_layers,
      keyValueHeads: config.num_key_value_heads ?? config.num_attention_heads,
      headSize: config.head_dim ?? config.hidden_size / config.num_attention_heads,
      vocabularySize: config.vocab_size,
      contextTokens: config.max_position_embeddings,
    },
    tokens: { ...(bos === undefined ? {} : { bos }), eos },
  };
}

type Fingerprint = ModelManifest['files'][number];

async function fingerprints(folder: OnnxFolder, signal: AbortSignal): Promise<Fingerprint[]> {
  const found: Fingerprint[] = [];
  for (const path of folder.files) {
    const file = join(folder.directory, path);
    const { size } = await stat(file);
    found.push({ path, bytes: size, sha256: await sha256OfFile(file, signal) });
  }
  return found;
}

function versionOf(files: readonly Fingerprint[]): string {
  const lines = files.map((file) => `${file.sha256} ${file.path}\n`).sort();
  return createHash('sha256').update(lines.join('')).digest('hex').slice(0, 16);
}
