import { describe, expect, test } from 'vitest';
import { promptPath, readGenerationRequest, readReadingRequest } from '../../src/domain/read-request.ts';

const read = (input: unknown) => readGenerationRequest(input, 'balanced');

function issues(input: unknown): readonly string[] {
  const result = read(input);
  return result.ok ? [] : result.issues.map(({ path, message }) => `${path}: ${message}`);
}

describe('a request is read from what a client wrote', () => {
  test('a prompt becomes one user message, with defaults for the rest', () => {
    expect(read({ prompt: 'Hello' })).toEqual({
      ok: true,
      request: {
        model: 'auto',
        messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
        sampling: { maxOutputTokens: 1024 },
        constraints: {},
        policy: 'balanced',
        cache: { mode: 'read-write', ttlSeconds: 300 },
        timeoutMs: 60_000,
        deadlines: {},
        priority: 'interactive',
        resumable: false,
        labels: [],
      },
    });
  });

  test('null counts as left out', () => {
    expect(read({ prompt: 'Hello', sampling: null, policy: null, system: null })).toEqual(
      read({ prompt: 'Hello' }),
    );
  });

  test('a null inside a JSON Schema stays', () => {
    const jsonSchema = { enum: [null], default: null };
    const result = read({ prompt: 'Hello', responseFormat: { jsonSchema } });
    expect(result.ok && result.request.responseFormat).toEqual({
      type: 'json-schema',
      name: 'answer',
      schema: jsonSchema,
    });
  });

  test('the system field stands before the messages', () => {
    const result = read({
      system: 'Be brief.',
      messages: [
        { role: 'user', content: [{ text: 'Hi' }, { image: { url: 'https://example.com/a.png' } }] },
      ],
    });
    expect(result.ok && result.request.messages).toEqual([
      { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Hi' },
          { type: 'image', url: 'https://example.com/a.png' },
        ],
      },
    ]);
  });

  test('maxCostUsd becomes nano-dollars', () => {
    const result = read({ prompt: 'Hello', constraints: { maxCostUsd: '0.001', localOnly: false } });
    expect(result.ok && result.request.constraints).toEqual({ maxCostNanoUsd: 1_000_000, localOnly: false });
  });

  test('texts to embed are read with the same limits', () => {
    expect(readReadingRequest('embed', { texts: [] }, 'balanced')).toEqual({
      ok: false,
      issues: [{ path: 'input.texts', message: 'must hold at least one text' }],
    });
  });

  test('the prompt’s path is told for messages about its length', () => {
    expect(promptPath({ prompt: 'a', messages: null })).toBe('input.prompt');
    expect(promptPath({ prompt: null, messages: [] })).toBe('input.messages');
  });
});

describe('bad input is told with the field’s path', () => {
  const user = { role: 'user', content: [{ text: 'Hi' }] };
  test.for<[string, unknown, string]>([
    ['neither prompt nor messages', {}, 'input: needs either prompt or messages, and not both'],
    ['both', { prompt: 'a', messages: [user] }, 'input: needs either prompt or messages, and not both'],
    ['an empty prompt', { prompt: '' }, 'input.prompt: must not be empty'],
    ['no messages', { messages: [] }, 'input.messages: must hold at least one message'],
    [
      'an empty message',
      { messages: [{ role: 'user', content: [] }] },
      'input.messages.0.content: must not be empty',
    ],
    [
      'temperature 99',
      { prompt: 'a', sampling: { temperature: 99 } },
      'input.sampling.temperature: Too big: expected number to be <=2',
    ],
    [
      'a negative limit',
      { prompt: 'a', sampling: { maxOutputTokens: -1 } },
      'input.sampling.maxOutputTokens: Too small: expected number to be >=1',
    ],
    [
      'a huge limit',
      { prompt: 'a', sampling: { maxOutputTokens: 1_000_000_000 } },
      'input.sampling.maxOutputTokens: Too big: expected number to be <=131072',
    ],
    [
      'not a number',
      { prompt: 'a', sampling: { topP: Number.NaN } },
      'input.sampling.topP: Invalid input: expected number, received NaN',
    ],
    [
      'a lone surrogate',
      { prompt: 'half \uD83D' },
      'input.prompt: holds a lone surrogate (half of a UTF-16 pair), which is not valid text',
    ],
    [
      'a system message in the middle',
      { messages: [user, { role: 'system', content: [{ text: 'x' }] }, user] },
      'input.messages.1.role: a SYSTEM message may only be the first message',
    ],
    [
      'the assistant last',
      { messages: [user, { role: 'assistant', content: [{ text: 'x' }] }] },
      'input.messages.1.role: the last message must come from USER or TOOL, since the model answers it',
    ],
    [
      'a tool message without its call',
      { messages: [user, { role: 'tool', toolCallId: 'c1', content: [{ text: '4' }] }] },
      'input.messages.1.toolCallId: must be the id of a tool call in an earlier assistant message, answered once',
    ],
    [
      'an image from the assistant',
      { messages: [{ role: 'assistant', content: [{ image: { url: 'https://e.com/a.png' } }] }, user] },
      'input.messages.0.content: only USER messages may hold images',
    ],
    [
      'a file address as image',
      { messages: [{ role: 'user', content: [{ image: { url: 'file:///etc/passwd' } }] }] },
      'input.messages.0.content.0.image.url: must be a data:image/...;base64 or an https: URL',
    ],
    [
      'an amount that is none',
      { prompt: 'a', constraints: { maxCostUsd: '1e3' } },
      'input.constraints.maxCostUsd: must be a decimal amount in dollars with at most nine decimals, such as "0.001"',
    ],
    ['an unknown field', { prompt: 'a', temperatur: 1 }, 'input: Unrecognized key: "temperatur"'],
  ])('%s', ([, input, issue]) => {
    expect(issues(input)).toContain(issue);
  });

  test('every issue is told at once', () => {
    expect(issues({ prompt: 'a', sampling: { temperature: 99, topK: 0 }, timeoutMs: 0 })).toHaveLength(3);
  });

  test('a schema nested without end is refused, not followed', () => {
    let jsonSchema: object = {};
    for (let depth = 0; depth < 10_000; depth += 1) jsonSchema = { items: jsonSchema };
    expect(issues({ prompt: 'a', responseFormat: { jsonSchema } })).toEqual([
      'input.responseFormat.jsonSchema: must be a JSON object, nested at most 64 deep',
    ]);
  });

  test('keys that name a prototype stay data', () => {
    issues(
      JSON.parse(
        '{"prompt":"a","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
      ),
    );
    expect('polluted' in {}).toBe(false);
  });
});
