import { expect, test } from 'vitest';
import {
  createStopMatcher,
  createStopMatcherBefore,
  type StopMatcher,
} from '../../../adapters/onnx/engine/stop-matcher.ts';

/** What the answer is when its text comes in these pieces, and whether a stop text ended it. */
function answer(stops: readonly string[], pieces: readonly string[]): Answer {
  return answerThrough(createStopMatcher(stops), pieces);
}

interface Answer {
  readonly text: string;
  readonly stopped: boolean;
}

function answerThrough(matcher: StopMatcher, pieces: readonly string[]): Answer {
  let text = '';
  for (const piece of pieces) {
    const match = matcher.push(piece);
    text += match.text;
    if (match.stopped) return { text, stopped: true };
  }
  return { text: text + matcher.flush(), stopped: false };
}

test('text goes through at once where no stop text can begin', () => {
  const matcher = createStopMatcher(['END']);
  expect(matcher.push('hello ')).toEqual({ text: 'hello ', stopped: false });
});

test('the beginning of a stop text is held back until it is certain', () => {
  const matcher = createStopMatcher(['\n\nUser:']);
  expect(matcher.push('Hi\n')).toEqual({ text: 'Hi', stopped: false });
  expect(matcher.push('\nUs')).toEqual({ text: '', stopped: false });
  expect(matcher.push('age')).toEqual({ text: '\n\nUsage', stopped: false });
});

test('what was held back comes out at the end', () => {
  const matcher = createStopMatcher(['END']);
  expect(matcher.push('the EN').text).toBe('the ');
  expect(matcher.flush()).toBe('EN');
  expect(matcher.flush()).toBe('');
});

test('a stop text is found in whatever pieces it comes', () => {
  const text = 'one two STOP three';
  for (let first = 0; first <= text.length; first += 1) {
    for (let second = first; second <= text.length; second += 1) {
      const pieces = [text.slice(0, first), text.slice(first, second), text.slice(second)];
      expect(answer(['STOP'], pieces)).toEqual({ text: 'one two ', stopped: true });
    }
  }
});

test('the stop text that is complete first counts, however the text is cut', () => {
  expect(answer(['longer stop', 'stop'], ['a longer stop'])).toEqual({ text: 'a ', stopped: true });
  expect(answer(['longer stop', 'stop'], 'a longer stop'.split(''))).toEqual({ text: 'a ', stopped: true });
  expect(answer(['abcd', 'bc'], ['abcd'])).toEqual(answer(['abcd', 'bc'], 'abcd'.split('')));
});

test('a stop text that overlaps its own beginning is found', () => {
  expect(answer(['aab'], ['aa', 'ab', 'c'])).toEqual({ text: 'a', stopped: true });
});

test('without stop texts, and for an empty one, nothing is held back', () => {
  expect(answer([], ['a', 'b'])).toEqual({ text: 'ab', stopped: false });
  expect(answer([''], ['a', 'b'])).toEqual({ text: 'ab', stopped: false });
});

test.each([[['a stop ', '<call>{"a": "stop"}']], [['a sto', 'p <ca', 'll>stop']]])(
  'before a mark texts stop the answer: %j',
  (pieces) => {
    expect(answerThrough(createStopMatcherBefore('<call>', ['stop']), pieces)).toEqual({
      text: 'a ',
      stopped: true,
    });
  },
);

test('from the mark on nothing stops the answer, in whatever pieces it comes', () => {
  const text = 'words <call>stop {"a": "<call> stop"}';
  for (let first = 0; first <= text.length; first += 1) {
    const pieces = [text.slice(0, first), text.slice(first)];
    expect(answerThrough(createStopMatcherBefore('<call>', ['stop']), pieces)).toEqual({
      text,
      stopped: false,
    });
  }
});
