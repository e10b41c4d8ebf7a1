import { expect, test } from 'vitest';
import { createDetokenizer } from '../../../adapters/onnx/engine/detokenizer.ts';
import {
  createSequence,
  type SequenceParts,
  type SequenceStep,
} from '../../../adapters/onnx/engine/sequence.ts';
import { createStopMatcher } from '../../../adapters/onnx/engine/stop-matcher.ts';

const end = 99;

interface Scene {
  readonly steps: SequenceStep[];
  /** What the graph was run on. */
  readonly runs: (readonly number[])[];
  readonly outputTokens: number;
}

/** Runs a sequence whose model says these characters and then the end token. */
function run(
  says: string,
  parts: Partial<SequenceParts> & { readonly stop?: readonly string[] } = {},
): Scene {
  const answer = [...Buffer.from(says), end];
  const runs: (readonly number[])[] = [];
  let length = 0;
  const sequence = createSequence({
    promptTokens: [1, 2, 3],
    row: {
      get length() {
        return length;
      },
      close: () => undefined,
    },
    onPromptComputed: () => undefined,
    sampler: { next: () => answer.shift() ?? end },
    detokenizer: createDetokenizer((tokens) =>
      Buffer.from(tokens.filter((token) => token !== end)).toString(),
    ),
    stopMatcher: createStopMatcher(parts.stop ?? []),
    endTokens: new Set([end]),
    maxOutputTokens: 100,
    contextTokens: 1000,
    ...parts,
  });
  const steps: SequenceStep[] = [];
  do {
    const tokens = sequence.next();
    runs.push(tokens);
    length += tokens.length;
    steps.push(sequence.advance(new Float32Array()));
  } while (steps.at(-1)?.finish === undefined);
  return { steps, runs, outputTokens: sequence.outputTokens };
}

const textOf = ({ steps }: Scene): string => steps.map(({ text }) => text).join('');
const finishOf = ({ steps }: Scene): unknown => steps.at(-1)?.finish;

test('the prompt goes in, then token by token what was said', () => {
  const scene = run('hi');
  expect(scene.runs).toEqual([[1, 2, 3], [0x68], [0x69]]);
  expect(textOf(scene)).toBe('hi');
  expect(finishOf(scene)).toEqual({ unified: 'stop', raw: 'end-token' });
  expect(scene.outputTokens).toBe(3);
});

test('a long prompt goes in by pieces, so that a cancelled call does not hold the model long', () => {
  const promptTokens = Array.from({ length: 150 }, (_, index) => index % 50);
  const { runs } = run('', { promptTokens });
  expect(runs.map((tokens) => tokens.length)).toEqual([64, 64, 22]);
  expect(runs.flat()).toEqual(promptTokens);
});

test('the whole prompt is in its row before the first token is chosen, and is told of once', () => {
  const told: string[] = [];
  run('hi', {
    promptTokens: Array.from({ length: 70 }, () => 1),
    onPromptComputed: () => told.push('computed'),
    sampler: { next: () => (told.push('chosen'), end) },
  });
  expect(told).toEqual(['computed', 'chosen']);
});

test('the answer ends at its limit of tokens', () => {
  const scene = run('hello', { maxOutputTokens: 3 });
  expect(textOf(scene)).toBe('hel');
  expect(finishOf(scene)).toEqual({ unified: 'length', raw: 'max-output-tokens' });
  expect(scene.outputTokens).toBe(3);
});

test('the answer ends where the context is full', () => {
  const scene = run('hello', { contextTokens: 5 });
  expect(textOf(scene)).toBe('he');
  expect(finishOf(scene)).toEqual({ unified: 'length', raw: 'context-full' });
});

test('a stop text ends the answer and is no part of it', () => {
  const scene = run('one END two', { stop: ['END'] });
  expect(textOf(scene)).toBe('one ');
  expect(finishOf(scene)).toEqual({ unified: 'stop', raw: 'stop-text' });
});

test('what is held back at the limit still comes', () => {
  const scene = run('aENx', { stop: ['END'], maxOutputTokens: 3 });
  expect(textOf(scene)).toBe('aEN');
  expect(finishOf(scene)).toEqual({ unified: 'length', raw: 'max-output-tokens' });
});

test('a character that the limit cuts becomes U+FFFD', () => {
  expect(textOf(run('é', { maxOutputTokens: 1 }))).toBe('\uFFFD');
});

test('the end token alone is an empty answer', () => {
  const scene = run('');
  expect(textOf(scene)).toBe('');
  expect(scene.outputTokens).toBe(1);
});
