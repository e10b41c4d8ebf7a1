import { expect, test } from 'vitest';
import { openChatTokenizer, type ChatTokenizer } from '../../../adapters/onnx/engine/chat-tokenizer.ts';
import type { GgufEntry } from '../../support/gguf-bytes.ts';
import { tinyGguf } from '../../support/tiny-gguf.ts';
import { tinyPieces } from '../../support/tiny-pieces.ts';
import { importScene } from './tiny-folder.ts';

async function tokenizer(metadata: Readonly<Record<string, GgufEntry>> = {}): Promise<ChatTokenizer> {
  const scene = await importScene(tinyGguf({ tokenizer: 'sentencepiece', metadata }));
  await scene.run();
  return openChatTokenizer(scene.directory);
}

const withoutPrefix = { 'tokenizer.ggml.add_space_prefix': { type: 'bool', value: false } } as const;

async function pieces(text: string, metadata: Readonly<Record<string, GgufEntry>> = {}): Promise<string[]> {
  return (await tokenizer(metadata)).encode(text).map((id) => tinyPieces[id] ?? '?');
}

test('the join with the best score is made first', async () => {
  expect(await pieces('hello world')).toEqual(['▁hello', '▁world']);
  // "he" stands before "ello", so h and e are joined and "ello" never comes about.
  expect(await pieces('hello world', withoutPrefix)).toEqual(['he', 'llo', '▁world']);
});

test('what is no token becomes the tokens of its bytes', async () => {
  expect(await pieces('a🙂', withoutPrefix)).toEqual(['a', '<0xF0>', '<0x9F>', '<0x99>', '<0x82>']);
});

test('tokens of the user are cut out before a space is put in front', async () => {
  const cut = await pieces('the\n\nthe<tool>the', withoutPrefix);
  expect(cut.join('|')).toBe('t|he|\n\n|t|he|<tool>|t|he');
});

test('text after a control token begins with a space where the file asks for one', async () => {
  expect(await pieces('<start_of_turn>the')).toEqual(['<start_of_turn>', '▁the']);
  expect(await pieces('<start_of_turn>the', withoutPrefix)).toEqual(['<start_of_turn>', 't', 'he']);
});

test.each(['hello world', '  two spaces', 'naïve 東京。', 'line\nline', '👩‍👩‍👧‍👦 é', 'tab\tend '])(
  '%j survives both ways, with and without the space in front',
  async (text) => {
    for (const metadata of [{}, withoutPrefix]) {
      const tiny = await tokenizer(metadata);
      expect(tiny.decode(tiny.encode(text))).toBe(text);
    }
  },
);
