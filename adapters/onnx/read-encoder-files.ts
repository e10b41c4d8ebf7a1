import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import {
  modulesSchema,
  poolingConfigSchema,
  sentenceConfigSchema,
  type EncoderFiles,
} from './encoder-description.ts';

/** What sentence-transformers says of the encoder in the folder, beside its `config.json`. */
export async function readEncoderFiles(folder: string): Promise<Omit<EncoderFiles, 'config'>> {
  return {
    pooling: await readOptional(join(folder, '1_Pooling', 'config.json'), poolingConfigSchema),
    modules: await readOptional(join(folder, 'modules.json'), modulesSchema),
    sentence: await readOptional(join(folder, 'sentence_bert_config.json'), sentenceConfigSchema),
  };
}

export async function readJsonFile(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8'));
}

async function readOptional<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  try {
    return schema.parse(await readJsonFile(file));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
