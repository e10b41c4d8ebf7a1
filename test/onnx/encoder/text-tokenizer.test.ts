import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openTextTokenizer, type TextTokenizer } from '../../../adapters/onnx/encoder/text-tokenizer.ts';
import { tinyBert, writeTinyBert } from '../../support/tiny-bert.ts';

/** `[CLS]` is 2, `[SEP]` 3, an unknown word 1; letters begin at 4. */
async function tinyTokenizer(contextTokens: number): Promise<TextTokenizer> {
  const folder = await mkdtemp(join(tmpdir(), 'tiny-tokenizer-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return await openTextTokenizer(dirname(await writeTinyBert(folder, tinyBert())), contextTokens);
}

test('a text has the special tokens of its model around it', async () => {
  const tokenizer = await tinyTokenizer(8);
  expect(tokenizer.padToken).toBe(0);
  expect(tokenizer.tokenize('a C, e')).toEqual({
    tokens: [2, 4, 6, 1, 8, 3],
    types: [0, 0, 0, 0, 0, 0],
    truncated: false,
  });
});

test('too long a text loses its end', async () => {
  const { tokenize } = await tinyTokenizer(5);
  expect(tokenize('a b c d e f')).toMatchObject({ tokens: [2, 4, 5, 6, 3], truncated: true });
});

test('of too long a pair the longer text loses its end, and both keep their separators', async () => {
  const { tokenize } = await tinyTokenizer(8);
  expect(tokenize(['a', 'b c d e f g h'])).toEqual({
    tokens: [2, 4, 3, 5, 6, 7, 8, 3],
    types: [0, 0, 0, 1, 1, 1, 1, 1],
    truncated: true,
  });
  expect(tokenize(['b c d e f g h', 'a']).tokens).toEqual([2, 5, 6, 7, 8, 3, 4, 3]);
});

test('what stands behind thousands of spaces or an endless word is read', async () => {
  const { tokenize } = await tinyTokenizer(8);
  expect(tokenize(`${' '.repeat(1000)}a`)).toMatchObject({ tokens: [2, 4, 3], truncated: false });
  expect(tokenize(`${'x'.repeat(1000)} a`)).toMatchObject({ tokens: [2, 1, 4, 3], truncated: false });
  expect(tokenize(['a', `${' '.repeat(1000)}b`])).toMatchObject({
    tokens: [2, 4, 3, 5, 3],
    truncated: false,
  });
});

test('the end of a text of a million spaces is not looked at, which is said', async () => {
  const { tokenize } = await tinyTokenizer(8);
  expect(tokenize(`a${' '.repeat(1_000_000)}b`)).toMatchObject({ tokens: [2, 4, 3], truncated: true });
});
