import { expect, test } from 'vitest';
import { partsOf } from '../../conformance/observe.ts';
import { answering, answerStream } from '../../support/openai-wire.ts';
import { ask, open } from './open.ts';

test('a streamed answer that comes at once becomes metadata, one text and one finish with usage', async () => {
  const { adapter } = await open(answering(answerStream('Hel', 'lo')));
  expect(await partsOf(adapter, ask('Hi'))).toEqual([
    { type: 'response-metadata', responseId: 'chatcmpl-1', responseModel: 'gpt-test-2026-01-01' },
    { type: 'text-delta', text: 'Hello' },
    {
      type: 'finish',
      reason: { unified: 'stop', raw: 'stop' },
      usage: { inputTokens: 7, outputTokens: 3, cachedInputTokens: 2, reasoningTokens: 1 },
    },
  ]);
});
