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

/** The merges of the tiny vocabulary join words, spaces and line ends: where a text is cut shows in its tokens. */
const merges =
  "Ġ t|Ġ a|h e|Ġt he|Ġ Ġ|ĠĠ ĠĠ|Ċ Ċ|Ġ Ċ|. Ċ|1 2|12 3|Ġ 1|Ġ .|. .|/ Ċ|! !|' s|I t|It 's|a B|. a|( a|t '|Ġ (";

const names = [
  'gpt-2',
  'smollm',
  'llama-bpe',
  'qwen2',
  'deepseek-r1-qwen',
  'stablelm2',
  'tekken',
  'gpt-4o',
  'command-r',
];

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pre-tokenizers-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const texts = [
  ...oddStrings,
  "It's 12345 aB aBc the.the(a) //\n\n  the \n the  \n12 3!!\n",
  'word.\n\nword/\n/ ... the(a.a) iPhone HTMLElement',
];

test.each(names)('the cuts of %s are those of llama.cpp', async (name) => {
  const file = join(folder, `${name}.gguf`);
  await writeTinyGguf(file, {
    extraMerges: merges.split('|'),
    metadata: { 'tokenizer.ggml.pre': { type: 'string', value: name } },
  });
  const directory = join(folder, name);
  await importGguf({ file, directory, name: 'tiny', source: 'test' });
  const ours = await openChatTokenizer(directory);
  const server = await startLlamaServer({ model: file });
  const different: string[] = [];
  for (const content of texts) {
    // llama.cpp leaves composing to nobody; qwen's own tokenizer does it.
    const composed = name === 'qwen2' ? content.normalize('NFC') : content;
    const body = JSON.stringify({ content: composed, add_special: false, parse_special: true });
    const response = await fetch(new URL('/tokenize', server.baseUrl), { method: 'POST', body });
    const { tokens } = z.object({ tokens: z.array(z.int()) }).parse(await response.json());
    if (ours.encode(content).join() !== tokens.join()) different.push(content);
  }
  await server.stop();
  process.stdout.write(`${name}: ${texts.length - different.length} of ${texts.length} strings equal\n`);
  expect(different).toEqual([]);
});
