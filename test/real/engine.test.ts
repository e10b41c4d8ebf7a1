import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ModelCall, Sampling } from '../../adapters/contract.ts';
import type { OnnxAdapter } from '../../adapters/onnx/index.ts';
import {
  adapterErrorOf,
  drain,
  finishOf,
  firstText,
  generate,
  partsOf,
  textOf,
} from '../conformance/observe.ts';
import { openRealEngine, type RealEngine } from '../support/real-engine.ts';

let engine: RealEngine;
let adapter: OnnxAdapter;

beforeAll(async () => {
  engine = await openRealEngine();
  ({ adapter } = engine);
});

afterAll(() => engine[Symbol.asyncDispose]());

function ask(prompt: string, sampling: Sampling = {}): ModelCall {
  return {
    messages: [{ role: 'user', content: [{ type: 'text', text: prompt }] }],
    sampling: { temperature: 0, maxOutputTokens: 48, ...sampling },
  };
}

const answerTo = async (prompt: string, sampling?: Sampling): Promise<string> =>
  textOf(await partsOf(adapter, ask(prompt, sampling)));

test.each([
  ['What is the capital of France?', 'Paris'],
  ['What is the capital of Japan?', 'Tokyo'],
  ['What is the capital of Italy?', 'Rome'],
])('%s is answered with %s and an end', async (prompt, word) => {
  const parts = await partsOf(adapter, ask(prompt));
  expect(textOf(parts)).toContain(word);
  expect(finishOf(parts).reason).toEqual({ unified: 'stop', raw: 'end-token' });
});

test('earlier turns of a chat are known', async () => {
  const messages: ModelCall['messages'] = [
    { role: 'user', content: [{ type: 'text', text: 'My name is Ada.' }] },
    { role: 'assistant', content: [{ type: 'text', text: 'Nice to meet you, Ada!' }] },
    { role: 'user', content: [{ type: 'text', text: 'What is my name?' }] },
  ];
  const parts = await partsOf(adapter, { messages, sampling: { temperature: 0, maxOutputTokens: 24 } });
  expect(textOf(parts)).toContain('Ada');
});

const story = (seed: number): Promise<string> =>
  answerTo('Tell me a story.', { temperature: 0.8, topP: 0.95, topK: 50, seed, maxOutputTokens: 32 });

test('equal seeds write equal stories, another seed another one', async () => {
  const [first, second, other] = [await story(1), await story(1), await story(2)];
  expect(second).toBe(first);
  expect(other).not.toBe(first);
});

test('a stop text across token borders ends the answer before it', async () => {
  expect(await answerTo('What is the capital of France?', { stop: ['ance is Par'] })).toBe(
    'The capital of Fr',
  );
});

/** Grows with the repetition in a text: characters for each different word. */
const loop = (text: string): number => text.length / new Set(text.split(/\s+/)).size;

test('a repetition penalty breaks a loop', async () => {
  const prompt = 'Write a haiku about the sea.';
  const [plain, penalised] = [await answerTo(prompt), await answerTo(prompt, { repetitionPenalty: 1.3 })];
  expect(loop(penalised)).toBeLessThan(loop(plain));
});

test('emoji and accents stream as whole characters', async () => {
  const parts = await partsOf(
    adapter,
    ask('Repeat exactly: "Zoë ate crème brûlée 😀👍🎉 in Köln"', { maxOutputTokens: 60 }),
  );
  const texts = parts.flatMap((part) => (part.type === 'text-delta' ? [part.text] : []));
  expect(texts.every((text) => text.isWellFormed() && !text.includes('\uFFFD'))).toBe(true);
  expect(texts.join('')).toMatch(/[ëèûéö😀👍🎉]/u);
});

test('an abort in the middle of a long prompt frees the model within a step', async () => {
  const aborter = new AbortController();
  const call = generate(adapter, ask('A long text. '.repeat(900)), aborter.signal);
  await call.next();
  const startedMs = performance.now();
  aborter.abort();
  await adapterErrorOf(drain(call), 'aborted');
  await adapter.inspect().idle();
  expect(performance.now() - startedMs).toBeLessThan(1000);
});

test('speed and size', async () => {
  const startedMs = performance.now();
  const call = generate(adapter, ask('Write a long story about a lighthouse.', { maxOutputTokens: 128 }));
  await firstText(call);
  const firstMs = performance.now() - startedMs;
  const { usage } = finishOf(await drain(call));
  const perSecond = ((usage.outputTokens ?? 0) - 1) / ((performance.now() - startedMs - firstMs) / 1000);
  process.stdout.write('| import ms | load ms | first token ms | tokens/s | memory of the process, MB |\n');
  const numbers = [engine.importMs, engine.loadMs, firstMs, perSecond, await residentMegabytes()];
  process.stdout.write(`| ${numbers.map((number) => number.toFixed(0)).join(' | ')} |\n`);
  expect(usage.outputTokens).toBe(128);
});

/** NaN where there is no /proc. */
async function residentMegabytes(): Promise<number> {
  const status = await readFile(`/proc/${adapter.inspect().pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1000;
}
