import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import {
  modulesFile,
  modulesSchema,
  poolingConfigSchema,
  poolingFile,
  sentenceConfigSchema,
  sentenceFile,
  type EncoderFiles,
} from './encoder-description.ts';

/** What sentence-transformers says of the encoder in the folder, beside its `config.json`. */
export async function readEncoderFiles(folder: string): Promise<Omit<EncoderFiles, 'config'>> {
  return {
    pooling: await readOptional(folder, poolingFile, poolingConfigSchema),
    modules: await readOptional(folder, modulesFile, modulesSchema),
    sentence: await readOptional(folder, sentenceFile, sentenceConfigSchema),
  };
}

export async function readJsonFile(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8'));
}

async function readOptional<Schema extends z.ZodType>(
  folder: string,
  file: string,
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  try {
    return schema.parse(await readJsonFile(join(folder, file)));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new Error(`${file} is not one of sentence-transformers`, { cause });
  }
}
