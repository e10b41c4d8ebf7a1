import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tinyGguf, type TinyGgufOptions } from '../../support/tiny-gguf.ts';
import { importScene } from '../import/tiny-folder.ts';
import { problemOf, replaceFile } from './spoil.ts';

/** Gives the tokenizer of one tiny model to another. */
async function problemWith(tokenizerOf: TinyGgufOptions, gguf: TinyGgufOptions): Promise<string> {
  const other = await importScene(tinyGguf(tokenizerOf));
  await other.run();
  const swap = async (folder: string): Promise<void> => {
    for (const file of ['tokenizer.json', 'tokenizer_config.json'])
      await replaceFile(folder, file, await readFile(join(other.directory, file)));
  };
  return await problemOf(swap, { gguf });
}

test('a tokenizer with more tokens than the graph has learnt is that of another model', async () => {
  expect(await problemWith({ tokenizer: 'sentencepiece' }, {})).toMatch(
    /^The tokenizer has \d+ tokens and the graph gives \d+ logits: it is the tokenizer of another model\.$/,
  );
});
