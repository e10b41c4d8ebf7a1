import { expect, test } from 'vitest';
import { partsOf } from '../../conformance/observe.ts';
import { answering, delta, done, sse } from '../../support/openai-wire.ts';
import { ask, open } from './open.ts';

async function typesAfter(...events: readonly string[]): Promise<readonly string[]> {
  const { adapter } = await open(answering([...events, delta({}, 'stop'), done].join('')));
  return (await partsOf(adapter, ask('Hi'))).map((part) =>
    'text' in part ? `${part.type}: ${part.text}` : part.type,
  );
}

test.each(['reasoning_content', 'reasoning'])('%s is reasoning, apart from the text', async (field) => {
  expect(await typesAfter(delta({ [field]: 'Hm.' }), delta({ content: 'Yes.' }))).toEqual([
    'response-metadata',
    'reasoning-delta: Hm.',
    'text-delta: Yes.',
    'finish',
  ]);
});

test('a reasoning that is told under both names is told once', async () => {
  expect(await typesAfter(delta({ reasoning: 'Hm.', reasoning_content: 'Hm.' }))).toEqual([
    'response-metadata',
    'reasoning-delta: Hm.',
    'finish',
  ]);
});

test('nulls, empty texts, events without choices and other choices add nothing', async () => {
  expect(
    await typesAfter(
      sse({ choices: [], prompt_filter_results: [] }),
      delta({ role: 'assistant', content: null, tool_calls: null, refusal: null }),
      delta({ content: '' }),
      sse({ choices: [{ index: 1, delta: { content: 'another answer' } }] }),
      sse({ choices: [{ index: 0 }] }),
      delta({ content: 'Yes.' }),
    ),
  ).toEqual(['response-metadata', 'text-delta: Yes.', 'finish']);
});
