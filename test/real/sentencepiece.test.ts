import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { openChatTokenizer } from '../../adapters/onnx/engine/chat-tokenizer.ts';
import { importGguf } from '../../adapters/onnx/import/index.ts';
import { startLlamaServer } from '../support/real-downloads.ts';
import { writeTinyGguf } from '../support/tiny-gguf.ts';
import { oddStrings } from './odd-strings.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sentencepiece-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const texts = [
  ...oddStrings,
  'hello world and the inner ring',
  'hhello  hello   the    the     the',
  '<s>the</s><tool>the\n\n\nthe',
  'a'.repeat(500),
];

test.each([true, false])(
  'a SentencePiece vocabulary gives the tokens of llama.cpp, space in front: %s',
  async (prefix) => {
    const file = join(folder, `prefix-${prefix}.gguf`);
    await writeTinyGguf(file, {
      architecture: 'gemma',
      tokenizer: 'sentencepiece',
      metadata: { 'tokenizer.ggml.add_space_prefix': { type: 'bool', value: prefix } },
    });
    const directory = join(folder, `prefix-${prefix}`);
    await importGguf({ file, directory, name: 'tiny', source: 'test' });
    const ours = await openChatTokenizer(directory);
    const server = await startLlamaServer({ model: file });
    const different: { text: string; ours: readonly number[]; theirs: readonly number[] }[] = [];
    for (const content of texts) {
      const body = JSON.stringify({ content, add_special: false, parse_special: true });
      const response = await fetch(new URL('/tokenize', server.baseUrl), { method: 'POST', body });
      const { tokens: theirs } = z.object({ tokens: z.array(z.int()) }).parse(await response.json());
      const tokens = ours.encode(content);
      if (tokens.join() !== theirs.join()) different.push({ text: content, ours: tokens, theirs });
    }
    await server.stop();
    process.stdout.write(
      `sentencepiece: ${texts.length - different.length} of ${texts.length} strings equal\n`,
    );
    expect(different).toEqual([]);
  },
);
