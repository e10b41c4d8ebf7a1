import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { openChatTokenizer, type ChatTokenizer } from '../../adapters/onnx/engine/chat-tokenizer.ts';
import { importGguf } from '../../adapters/onnx/import/index.ts';
import { smollm2Gguf, startLlamaServer, type LlamaServer } from '../support/real-downloads.ts';
import { oddStrings } from './odd-strings.ts';

let folder: string;
let ours: ChatTokenizer;
let server: LlamaServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenizer-'));
  const directory = join(folder, 'smollm2');
  await importGguf({ file: await smollm2Gguf(), directory, name: 'smollm2', source: 'test' });
  ours = await openChatTokenizer(directory);
  server = await startLlamaServer();
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function theirs<Schema extends z.ZodType>(
  path: string,
  body: object,
  schema: Schema,
): Promise<z.output<Schema>> {
  const response = await fetch(new URL(path, server.baseUrl), { method: 'POST', body: JSON.stringify(body) });
  return schema.parse(await response.json());
}

async function theirTokens(content: string): Promise<readonly number[]> {
  const body = { content, add_special: false, parse_special: true };
  return (await theirs('/tokenize', body, z.object({ tokens: z.array(z.int()) }))).tokens;
}

test('SmolLM2’s tokens are those of llama.cpp, for every odd string', async () => {
  const different: { text: string; ours: readonly number[]; theirs: readonly number[] }[] = [];
  for (const text of oddStrings) {
    const expected = await theirTokens(text);
    const tokens = ours.encode(text);
    if (tokens.join() !== expected.join()) different.push({ text, ours: tokens, theirs: expected });
  }
  process.stdout.write(
    `tokenizer: ${oddStrings.length - different.length} of ${oddStrings.length} strings equal\n`,
  );
  expect(new Set(oddStrings).size).toBeGreaterThanOrEqual(250);
  expect(different).toEqual([]);
});

test('a byte that the vocabulary lacks is left out and no control token', () => {
  expect(ours.encode('a\u001db')).toEqual(ours.encode('a').concat(ours.encode('b')));
});

test('tokens give back their text, but for control tokens', () => {
  // U+001D is one of the bytes that SmolLM2's vocabulary lacks.
  const texts = oddStrings.filter((text) => text !== '\u001d' && !/<[|a-z]/.test(text));
  expect(texts.filter((text) => ours.decode(ours.encode(text)) !== text)).toEqual([]);
});

test('a chat becomes the prompt that llama.cpp makes of it', async () => {
  const messages = [
    { role: 'system', content: 'You are brief.' },
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Hello!' },
    { role: 'user', content: '  What is 2+2?\n' },
  ] as const;
  for (const chat of [messages, messages.slice(1), messages.slice(3)]) {
    const { prompt } = await theirs('/apply-template', { messages: chat }, z.object({ prompt: z.string() }));
    expect(ours.renderChat(chat)).toBe(prompt);
  }
});
