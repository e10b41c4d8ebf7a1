import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ModelAdapter, ModelCall, Tool, ToolChoice } from '../../adapters/contract.ts';
import { adapterFor, ask } from '../adapters/openai/open.ts';
import { adapterErrorOf, finishOf, partsOf, textOf } from '../conformance/observe.ts';
import { startLlamaServer, type LlamaServer } from '../support/real-downloads.ts';

const apiKey = 'sk-real-0123456789abcdef';

let server: LlamaServer;
let adapter: ModelAdapter;

beforeAll(async () => {
  server = await startLlamaServer({ apiKey });
  adapter = adapterFor({ baseUrl: server.baseUrl, apiKey });
});

afterAll(async () => {
  await adapter.close();
  await server.stop();
});

/** A question with the system message that SmolLM2 answers sensibly under. */
function question(text: string, rest: Partial<ModelCall> = {}): ModelCall {
  return {
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'You are a helpful assistant.' }] },
      { role: 'user', content: [{ type: 'text', text }] },
    ],
    sampling: { temperature: 0, maxOutputTokens: 24 },
    ...rest,
  };
}

const capital = question('What is the capital of France?');

describe('an answer', () => {
  test('streams in several parts, with one finish, as the server gives it in one piece', async () => {
    const parts = await partsOf(adapter, capital);
    const texts = parts.filter(({ type }) => type === 'text-delta');
    expect(texts.length).toBeGreaterThan(3);
    expect(parts.filter(({ type }) => type === 'finish')).toHaveLength(1);
    const whole = await wholeAnswer('What is the capital of France?');
    expect(textOf(parts)).toBe(whole.choices[0].message.content);
    expect(textOf(parts)).toContain('Paris');
    const { reason, usage } = finishOf(parts);
    expect(reason).toEqual({ unified: 'stop', raw: whole.choices[0].finish_reason });
    expect(usage).toMatchObject({
      inputTokens: whole.usage.prompt_tokens,
      outputTokens: whole.usage.completion_tokens,
    });
  });

  test('names the response and the model that gave it', async () => {
    const [first] = await partsOf(adapter, capital);
    expect(first).toEqual({
      type: 'response-metadata',
      responseId: expect.stringMatching(/^chatcmpl-\w+$/),
      responseModel: 'smollm2-135m-instruct',
    });
  });

  test('says how much of an equal prompt was cached', async () => {
    await partsOf(adapter, capital);
    const { inputTokens, cachedInputTokens } = finishOf(await partsOf(adapter, capital)).usage;
    expect(cachedInputTokens).toBeGreaterThan(0);
    expect(cachedInputTokens).toBeLessThanOrEqual(inputTokens ?? 0);
  });

  test('is the same for the same greedy call', async () => {
    const call = question('Name three colors.');
    const [first, second] = [await partsOf(adapter, call), await partsOf(adapter, call)];
    expect(textOf(first)).not.toBe('');
    expect(textOf(second)).toBe(textOf(first));
  });

  test('is the same for the same seed at a high temperature, and another one for another seed', async () => {
    const texts = [];
    for (const seed of [1, 1, 2]) {
      const call = question('Tell me a story.', {
        sampling: { temperature: 1.5, maxOutputTokens: 12, seed },
      });
      texts.push(textOf(await partsOf(adapter, call)));
    }
    expect(texts[1]).toBe(texts[0]);
    expect(texts[2]).not.toBe(texts[0]);
  });

  test('ends before a stop text', async () => {
    const parts = await partsOf(adapter, { ...capital, sampling: { temperature: 0, stop: [' Paris'] } });
    expect(textOf(parts)).toBe('The capital of France is');
    expect(finishOf(parts).reason).toEqual({ unified: 'stop', raw: 'stop' });
  });

  test('ends at the most tokens that it may have', async () => {
    const parts = await partsOf(adapter, { ...capital, sampling: { temperature: 0, maxOutputTokens: 3 } });
    const { reason, usage } = finishOf(parts);
    expect(reason).toEqual({ unified: 'length', raw: 'length' });
    expect(usage.outputTokens).toBe(3);
  });

  test('keeps characters whole that the model makes of several tokens', async () => {
    const call = ask('Repeat exactly, nothing else: "Füße 👍 日本"', {
      sampling: { temperature: 0, stop: ['\n'], maxOutputTokens: 32 },
    });
    const parts = await partsOf(adapter, call);
    expect(textOf(parts)).toBe('Füße 👍 日本');
    for (const part of parts) if (part.type === 'text-delta') expect(part.text.isWellFormed()).toBe(true);
  });

  test('keeps to a JSON schema', async () => {
    const schema = {
      type: 'object',
      properties: { color: { type: 'string', maxLength: 20 }, dark: { type: 'boolean' } },
      required: ['color', 'dark'],
      additionalProperties: false,
    };
    const call = question('Describe a color.', {
      sampling: { temperature: 0, maxOutputTokens: 100 },
      responseFormat: { type: 'json-schema', name: 'color', schema },
    });
    const answer: unknown = JSON.parse(textOf(await partsOf(adapter, call)));
    expect(answer).toEqual({ color: expect.any(String), dark: expect.any(Boolean) });
  });

  test('stays apart from one that is given at the same time', async () => {
    const calls = [capital, question('What is the capital of Japan?'), question('Name three colors.')];
    const alone = [];
    for (const call of calls) alone.push(textOf(await partsOf(adapter, call)));
    const together = await Promise.all(calls.map((call) => partsOf(adapter, call)));
    expect(together.map(textOf)).toEqual(alone);
    expect(new Set(alone).size).toBe(calls.length);
  });
});

// A model of this size calls no tool, not even where it must, so these show only that the server takes such calls.
describe('tools', () => {
  const tool: Tool = {
    name: 'get_weather',
    description: 'The weather of a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  };
  const choices: readonly ToolChoice[] = [
    { type: 'auto' },
    { type: 'none' },
    { type: 'required' },
    { type: 'tool', name: tool.name },
  ];

  test.each(choices)('are taken with the choice $type', async (toolChoice) => {
    const call = question('What is the weather in Paris?', { tools: [tool], toolChoice });
    expect(finishOf(await partsOf(adapter, call)).usage.outputTokens).toBeGreaterThan(0);
  });

  test('may have been called, and what came of it is read by the model', async () => {
    const toolCall = { id: 'call-1', name: tool.name, arguments: '{"city":"Paris"}' };
    const call: ModelCall = {
      messages: [
        ...ask('What is the weather?').messages,
        { role: 'assistant', content: [], toolCalls: [toolCall] },
        { role: 'tool', toolCallId: toolCall.id, content: [{ type: 'text', text: 'sunny' }] },
      ],
      sampling: { temperature: 0, maxOutputTokens: 24 },
      tools: [tool],
    };
    expect(textOf(await partsOf(adapter, call))).toContain('sunny');
  });
});

describe('a refusal', () => {
  test('of a wrong key is a failed authentication', async () => {
    const intruder = adapterFor({ baseUrl: server.baseUrl, apiKey: 'sk-wrong-0123456789abcdef' });
    const { status, message } = await adapterErrorOf(partsOf(intruder, capital), 'authentication');
    await intruder.close();
    expect(status).toBe(401);
    expect(message).not.toContain('sk-wrong');
  });

  test('of a prompt that is too long carries its tokens and those of the context', async () => {
    const call = question('word '.repeat(3000));
    const { inputTokens, contextTokens } = await adapterErrorOf(partsOf(adapter, call), 'context-length');
    expect(inputTokens).toBeGreaterThan(3000);
    expect(contextTokens).toBe(2048);
  });

  test('of a schema that the server cannot follow is an invalid request', async () => {
    const responseFormat = { type: 'json-schema', name: 'odd', schema: { type: 'oddity' } } as const;
    await adapterErrorOf(partsOf(adapter, { ...capital, responseFormat }), 'invalid-request');
  });

  test('of embeddings, for which the server was not started, is none of a broken server', async () => {
    const embedder = adapterFor({ baseUrl: server.baseUrl, apiKey, capabilities: ['embeddings'] });
    const result = embedder.embed?.({ texts: ['near'] }, new AbortController().signal);
    await adapterErrorOf(result ?? expect.fail('the adapter has no embed'), 'unsupported');
    await embedder.close();
  });
});

const wholeAnswerSchema = z.object({
  choices: z.tuple([z.object({ finish_reason: z.string(), message: z.object({ content: z.string() }) })]),
  usage: z.object({ prompt_tokens: z.int(), completion_tokens: z.int() }),
});

/** The answer to a `question` without a stream and without the driver. */
async function wholeAnswer(text: string): Promise<z.infer<typeof wholeAnswerSchema>> {
  const messages = [
    { role: 'system', content: 'You are a helpful assistant.' },
    { role: 'user', content: text },
  ];
  const reply = await fetch(`${server.baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ messages, temperature: 0, max_tokens: 24 }),
  });
  return wholeAnswerSchema.parse(await reply.json());
}
