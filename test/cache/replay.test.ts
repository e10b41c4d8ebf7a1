import { expect, test } from 'vitest';
import { replay } from '../../src/cache/replay.ts';
import { buildAnswer } from '../../src/domain/answer.ts';

const finish = {
  reason: { unified: 'tool-calls', raw: 'tool_calls' },
  usage: { inputTokens: 1, outputTokens: 2, cachedInputTokens: undefined, reasoningTokens: undefined },
} as const;

test('the parts of a replay make up the same answer again', () => {
  const original = buildAnswer();
  original.add({ type: 'reasoning-delta', text: 'Let me ' });
  original.add({ type: 'reasoning-delta', text: 'think.' });
  original.add({ type: 'text-delta', text: 'Looking' });
  original.add({ type: 'tool-call-delta', index: 1, id: 'b', name: 'look', argumentsDelta: '{}' });
  original.add({ type: 'tool-call-delta', index: 0, id: 'a', name: 'find', argumentsDelta: '{"x":' });
  original.add({ type: 'tool-call-delta', index: 0, argumentsDelta: '1}' });
  const answer = original.finish(finish);

  const again = buildAnswer();
  const parts = [...replay(answer)];
  for (const part of parts) again.add(part);
  expect(again.finish(finish)).toEqual(answer);
  expect(parts.map(({ type }) => type)).toEqual([
    'reasoning-delta',
    'text-delta',
    'tool-call-delta',
    'tool-call-delta',
  ]);
});

test('an empty answer has no parts', () => {
  expect([...replay(buildAnswer().finish(finish))]).toEqual([]);
});
