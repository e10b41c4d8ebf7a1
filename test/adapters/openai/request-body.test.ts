import { expect, test } from 'vitest';
import type { ModelCall } from '../../../adapters/contract.ts';
import { partsOf } from '../../conformance/observe.ts';
import { answering, answerStream } from '../../support/openai-wire.ts';
import { ask, open, type Options } from './open.ts';

async function bodyOf(call: ModelCall, options: Options = {}): Promise<unknown> {
  const { adapter, upstream } = await open(answering(answerStream('ok')), options);
  await partsOf(adapter, call);
  return upstream.requests[0]?.body;
}

const plain = {
  model: 'gpt-test',
  messages: [{ role: 'user', content: 'Hi' }],
  stream: true,
  stream_options: { include_usage: true },
};

test('a call that sets nothing sends nothing but the prompt, and asks for a stream with its usage', async () => {
  expect(await bodyOf(ask('Hi'))).toEqual(plain);
});

test('every role and kind of content is written as OpenAI reads it', async () => {
  const call: ModelCall = {
    messages: [
      {
        role: 'system',
        content: [
          { type: 'text', text: 'Be brief.' },
          { type: 'text', text: 'Be kind.' },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image', url: 'data:image/png;base64,AAAA' },
        ],
      },
      { role: 'assistant', content: [], toolCalls: [{ id: 'a', name: 'look', arguments: '{"at":1}' }] },
      { role: 'tool', toolCallId: 'a', content: [{ type: 'text', text: 'a cat' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'A cat.' }] },
    ],
    sampling: {},
  };
  expect(await bodyOf(call)).toMatchObject({
    messages: [
      {
        role: 'system',
        content: [
          { type: 'text', text: 'Be brief.' },
          { type: 'text', text: 'Be kind.' },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'look', arguments: '{"at":1}' } }],
      },
      { role: 'tool', tool_call_id: 'a', content: 'a cat' },
      { role: 'assistant', content: 'A cat.' },
    ],
  });
});

test('every sampling parameter has its field', async () => {
  const sampling = {
    temperature: 0,
    topP: 0.9,
    topK: 40,
    seed: 7,
    stop: ['END'],
    maxOutputTokens: 5,
    repetitionPenalty: 1.1,
    presencePenalty: -1,
    frequencyPenalty: 1,
  };
  expect(await bodyOf(ask('Hi', { sampling }))).toEqual({
    ...plain,
    temperature: 0,
    top_p: 0.9,
    top_k: 40,
    seed: 7,
    stop: ['END'],
    max_tokens: 5,
    repetition_penalty: 1.1,
    presence_penalty: -1,
    frequency_penalty: 1,
  });
});

test('the field for the length of an answer can be chosen', async () => {
  const call = ask('Hi', { sampling: { maxOutputTokens: 5 } });
  expect(await bodyOf(call, { maxOutputTokensField: 'max_completion_tokens' })).toEqual({
    ...plain,
    max_completion_tokens: 5,
  });
});

const parameters = { type: 'object', properties: { city: { type: 'string' } } };

test.each([
  [{ type: 'auto' }, 'auto'],
  [{ type: 'none' }, 'none'],
  [{ type: 'required' }, 'required'],
  [
    { type: 'tool', name: 'weather' },
    { type: 'function', function: { name: 'weather' } },
  ],
] as const)('tools are passed on, with the choice %j', async (toolChoice, written) => {
  const tools = [
    { name: 'weather', description: 'Tells it.', parameters },
    { name: 'clock', parameters: {} },
  ];
  expect(await bodyOf(ask('Hi', { tools, toolChoice }))).toEqual({
    ...plain,
    tools: [
      { type: 'function', function: { name: 'weather', description: 'Tells it.', parameters } },
      { type: 'function', function: { name: 'clock', parameters: {} } },
    ],
    tool_choice: written,
  });
});

test.each([
  [{ type: 'text' }, {}],
  [{ type: 'json' }, { response_format: { type: 'json_object' } }],
  [
    { type: 'json-schema', name: 'place', schema: parameters },
    { response_format: { type: 'json_schema', json_schema: { name: 'place', schema: parameters } } },
  ],
] as const)('the response format %j is passed on', async (responseFormat, written) => {
  expect(await bodyOf(ask('Hi', { responseFormat }))).toEqual({ ...plain, ...written });
});
