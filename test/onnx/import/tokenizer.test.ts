import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openChatTokenizer, type ChatTokenizer } from '../../../adapters/onnx/engine/chat-tokenizer.ts';
import type { GgufEntry } from '../../support/gguf-bytes.ts';
import { tinyGguf, tinyTokens } from '../../support/tiny-gguf.ts';
import { importScene } from './tiny-folder.ts';

async function tokenizer(
  metadata: Readonly<Record<string, GgufEntry | undefined>> = {},
): Promise<ChatTokenizer> {
  const scene = await importScene(tinyGguf({ metadata }));
  await scene.run();
  return openChatTokenizer(scene.directory);
}

const pieces = (tokens: readonly number[]): readonly string[] =>
  tokens.map((token) => tinyTokens[token] ?? '?');

test('merges join bytes in their order', async () => {
  const tiny = await tokenizer();
  expect(pieces(tiny.encode('hello world and then'))).toEqual(['hello', 'Ġworld', 'Ġand', 'Ġthe', 'n']);
});

test('digits stay single and do not join their space', async () => {
  const tiny = await tokenizer();
  expect(pieces(tiny.encode('a 12'))).toEqual(['a', 'Ġ', '1', '2']);
});

test('a run of spaces leaves its last one to the word', async () => {
  const tiny = await tokenizer();
  expect(pieces(tiny.encode('a     the'))).toEqual(['a', 'ĠĠĠĠ', 'Ġthe']);
});

test('control tokens in a text are single tokens', async () => {
  const tiny = await tokenizer();
  expect(tiny.encode('<|im_start|>a<|im_end|>')).toEqual([1, tinyTokens.indexOf('a'), 2]);
});

test.each(['naïve café', '東京', '👩‍👩‍👧‍👦', '\u0000\u0007', 'e\u0301', 'שלום', '\r\n\t'])(
  '%j survives both ways',
  async (text) => {
    const tiny = await tokenizer();
    expect(tiny.decode(tiny.encode(text))).toBe(text);
  },
);

test('control tokens are no text', async () => {
  const tiny = await tokenizer();
  expect(tiny.decode([1, tinyTokens.indexOf('a'), 2])).toBe('a');
});

test('the chat template of the file makes the prompt', async () => {
  const tiny = await tokenizer();
  expect(tiny.renderChat([{ role: 'user', content: 'Hi' }])).toBe(
    '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n',
  );
});

test('a file without a chat template makes a model that says so', async () => {
  await expect(tokenizer({ 'tokenizer.chat_template': undefined })).rejects.toThrow(/no chat template/);
});

test('every control token that ends a turn ends an answer', async () => {
  const scene = await importScene(tinyGguf({ eosToken: 5 }));
  expect(await scene.run()).toMatchObject({ tokens: { eos: [5, 0, 2] } });
});

test('a bos token that the file asks for goes before a plain text', async () => {
  const scene = await importScene(
    tinyGguf({ metadata: { 'tokenizer.ggml.add_bos_token': { type: 'bool', value: true } } }),
  );
  await scene.run();
  const text = await readFile(join(scene.directory, 'tokenizer.json'), 'utf8');
  expect(JSON.parse(text)).toMatchObject({
    post_processor: { type: 'TemplateProcessing', single: [{ SpecialToken: { id: '<|im_start|>' } }, {}] },
  });
});

test('qwen2 composes characters before it cuts a text', async () => {
  const tiny = await tokenizer({ 'tokenizer.ggml.pre': { type: 'string', value: 'qwen2' } });
  expect(tiny.encode('e\u0301')).toEqual(tiny.encode('é'));
});
