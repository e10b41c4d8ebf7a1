import { expect, test } from 'vitest';
import { createDetokenizer } from '../../../adapters/onnx/engine/detokenizer.ts';

/** Each token is some bytes; those above 255 have no text, as control tokens. */
function decode(tokens: number[]): string {
  return new TextDecoder().decode(Uint8Array.from(tokens.filter((token) => token < 256)));
}

function pieces(tokens: Iterable<number>): string[] {
  const detokenizer = createDetokenizer(decode);
  return [...Array.from(tokens, (token) => detokenizer.push(token)), detokenizer.flush()];
}

test.each(['plain', 'naïve café', '東京タワー', '👍🏽 and 👩‍👩‍👧‍👦', 'e\u0301\u0302', '\u{10FFFF}'])(
  'bytes one by one give %j, every piece of it whole characters',
  (text) => {
    const given = pieces(Buffer.from(text));
    expect(given.join('')).toBe(text);
    expect(given.every((piece) => piece.isWellFormed())).toBe(true);
    expect(given.join('')).not.toContain('\uFFFD');
  },
);

test('a character comes with its last byte', () => {
  expect(pieces(Buffer.from('a😀b'))).toEqual(['a', '', '', '', '😀', 'b', '']);
});

test('a character that never ends becomes U+FFFD at the end', () => {
  expect(pieces([0x61, 0xf0, 0x9f])).toEqual(['a', '', '', '\uFFFD']);
});

test('a broken character becomes U+FFFD as soon as the next one shows that it is broken', () => {
  expect(pieces([0xf0, 0x9f, 0x62])).toEqual(['', '', '\uFFFDb', '']);
});

test('a lone continuation byte does not hold up what follows', () => {
  expect(pieces([0x80, 0x63, 0x64]).join('')).toBe('\uFFFDcd');
});

test('tokens without text change nothing', () => {
  expect(pieces([0x61, 300, 0x62, 301, 0x63]).join('')).toBe('abc');
});

test('a token whose text depends on the one before keeps its space', () => {
  /** As SentencePiece decodes: the space before the first word is dropped. */
  const words = ['\u2581one', '\u2581two', '\u2581three'];
  const decodeWords = (tokens: number[]): string =>
    tokens
      .map((token) => words[token])
      .join('')
      .replaceAll('\u2581', ' ')
      .trimStart();
  const detokenizer = createDetokenizer(decodeWords);
  expect([0, 1, 2].map((token) => detokenizer.push(token))).toEqual(['one', ' two', ' three']);
});

test('the work for a token does not grow with the answer', () => {
  let longest = 0;
  const detokenizer = createDetokenizer((tokens) => {
    longest = Math.max(longest, tokens.length);
    return decode(tokens);
  });
  for (let token = 0; token < 500; token += 1) detokenizer.push(0x61);
  expect(longest).toBeLessThan(4);
});
