import { expect, test } from 'vitest';
import type { StreamPart } from '../../../adapters/contract.ts';
import { partsOf } from '../../conformance/observe.ts';
import { answering, delta, done } from '../../support/openai-wire.ts';
import { ask, open } from './open.ts';

interface WireCall {
  readonly index?: number;
  readonly id?: string;
  readonly function?: { readonly name?: string; readonly arguments?: string };
}

/** The tool call deltas that one event a call becomes. */
async function read(...calls: readonly WireCall[]): Promise<readonly StreamPart[]> {
  const events = calls.map((call) => delta({ tool_calls: [call] })).join('');
  const { adapter } = await open(answering(events + delta({}, 'tool_calls') + done));
  const parts = await partsOf(adapter, ask('Hi'));
  return parts.filter(({ type }) => type === 'tool-call-delta');
}

test('two calls whose pieces alternate stay apart', async () => {
  expect(
    await read(
      { index: 0, id: 'a', function: { name: 'weather', arguments: '' } },
      { index: 1, id: 'b', function: { name: 'clock', arguments: '' } },
      { index: 0, function: { arguments: '{"city":' } },
      { index: 1, function: { arguments: '{}' } },
      { index: 0, function: { arguments: '"Oslo"}' } },
    ),
  ).toEqual([
    { type: 'tool-call-delta', index: 0, id: 'a', name: 'weather', argumentsDelta: '' },
    { type: 'tool-call-delta', index: 1, id: 'b', name: 'clock', argumentsDelta: '' },
    { type: 'tool-call-delta', index: 0, argumentsDelta: '{"city":' },
    { type: 'tool-call-delta', index: 1, argumentsDelta: '{}' },
    { type: 'tool-call-delta', index: 0, argumentsDelta: '"Oslo"}' },
  ]);
});

test('places count from 0 without gaps, whatever the server counts', async () => {
  const parts = await read(
    { index: 3, id: 'a', function: { name: 'weather', arguments: '{}' } },
    { index: 5, id: 'b', function: { name: 'clock', arguments: '{}' } },
  );
  expect(parts).toMatchObject([
    { index: 0, id: 'a' },
    { index: 1, id: 'b' },
  ]);
});

test('id and name come once, where a server repeats them', async () => {
  expect(await read(whole('{'), whole('}'))).toEqual([
    { type: 'tool-call-delta', index: 0, id: 'a', name: 'weather', argumentsDelta: '{' },
    { type: 'tool-call-delta', index: 0, argumentsDelta: '}' },
  ]);
});

test('without an index a new id begins a new call', async () => {
  expect(
    await read(
      { id: 'a', function: { name: 'weather', arguments: '{' } },
      { function: { arguments: '}' } },
      { id: 'b', function: { name: 'clock', arguments: '{}' } },
    ),
  ).toMatchObject([
    { index: 0, id: 'a', argumentsDelta: '{' },
    { index: 0, argumentsDelta: '}' },
    { index: 1, id: 'b', argumentsDelta: '{}' },
  ]);
});

function whole(text: string): WireCall {
  return { index: 0, id: 'a', function: { name: 'weather', arguments: text } };
}
