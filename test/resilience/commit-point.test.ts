import { expect, test } from 'vitest';
import type { StreamPart } from '../../adapters/contract.ts';
import { AdapterError } from '../../adapters/errors.ts';
import { deployment } from '../support/deployments.ts';
import { modelAdapter, saying } from '../support/model-adapter.ts';
import { createExecuteFixture } from './execute-fixture.ts';

const first = deployment({ name: 'first' });
const second = deployment({ name: 'second' });
const text = (content: string): StreamPart => ({ type: 'text-delta', text: content });

/** Yields the parts and breaks off. */
function breakingAfter(...parts: readonly StreamPart[]) {
  return modelAdapter(async function* () {
    yield* parts;
    throw new AdapterError('stream-cut', 'cut');
  });
}

function withFallback(...parts: readonly StreamPart[]) {
  return createExecuteFixture([
    [first, breakingAfter(...parts)],
    [second, saying('Hello')],
  ]);
}

test.each([[' '], ['\n\n'], ['\t\u00a0']])('white space %j alone does not bind the call', async (space) => {
  const events = await Array.fromAsync(withFallback(text(space)).run());
  expect(events).toMatchObject([
    { type: 'attempt-failed', attempt: { deployment: { name: 'first' } } },
    { type: 'part', part: { text: 'Hello' } },
    { type: 'finished', attempt: { deployment: { name: 'second' } } },
  ]);
});

test.each<[string, StreamPart]>([
  ['text', text('x')],
  ['reasoning', { type: 'reasoning-delta', text: 'Hm' }],
  ['a tool call', { type: 'tool-call-delta', index: 0, id: 'a', name: 'f', argumentsDelta: '' }],
])('after %s nobody else answers', async (_, part) => {
  const events: unknown[] = [];
  const run = async (): Promise<void> => {
    for await (const event of withFallback(part).run()) events.push(event);
  };
  await expect(run()).rejects.toMatchObject({ reason: 'broke-off' });
  expect(events).toEqual([{ type: 'part', part }]);
});

test('what was held back is handed out with the first content, in order', async () => {
  const fixture = createExecuteFixture([[first, saying('\n', ' ', 'Hello', '!')]]);
  const events = await Array.fromAsync(fixture.run());
  expect(
    events.flatMap((event) => (event.type === 'part' && 'text' in event.part ? event.part.text : [])),
  ).toEqual(['\n', ' ', 'Hello', '!']);
});

test('an answer of white space alone is whole', async () => {
  const fixture = createExecuteFixture([[first, saying('\n')]]);
  const events = await Array.fromAsync(fixture.run());
  expect(events.map(({ type }) => type)).toEqual(['part', 'finished']);
});

test('no more than 64 parts are held back', async () => {
  const fixture = withFallback(...Array.from({ length: 64 }, () => text(' ')));
  await expect(Array.fromAsync(fixture.run())).rejects.toMatchObject({ reason: 'broke-off' });
});

test('no more than 256 KiB are held back', async () => {
  const fixture = withFallback(text(' '.repeat(256 * 1024)));
  await expect(Array.fromAsync(fixture.run())).rejects.toMatchObject({ reason: 'broke-off' });
});
