import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';

/** Configurations have a few kilobytes. */
const maxBytes = 1_000_000;

/** Reads a JSON file through a schema. What is wrong with it is said with the file's name. */
export async function readJson<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const { size } = await stat(file);
  if (size > maxBytes) throw new Error(`${basename(file)} has ${size} bytes; at most ${maxBytes} are read`);
  const text = await readFile(file, 'utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${basename(file)} is not JSON`, { cause: error });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Error(`${basename(file)} is not as expected: ${z.prettifyError(result.error)}`);
}
