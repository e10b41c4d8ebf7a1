import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createToolCallText,
  toolCallTags,
  type AnswerPiece,
} from '../../../../adapters/onnx/engine/grammar/tool-call-text.ts';

/** What the pieces say together, however the text was cut. */
function read(chunks: readonly string[]): { words: string; name: string | undefined; arguments: string } {
  const reader = createToolCallText();
  const pieces: AnswerPiece[] = [...chunks.flatMap((chunk) => reader.push(chunk)), ...reader.flush()];
  const of = (type: 'text' | 'arguments'): string =>
    pieces.map((piece) => (piece.type === type ? piece.text : '')).join('');
  const call = pieces.find((piece) => piece.type === 'call');
  return { words: of('text'), name: call?.name, arguments: of('arguments') };
}

const call = (name: string, args: string): string => `${toolCallTags.begin(name)}${args}${toolCallTags.end}`;

test('words before a call and the call are told apart', () => {
  expect(read([`Let me look. ${call('weather', '{"city": "Rome"}')}`])).toEqual({
    words: 'Let me look. ',
    name: 'weather',
    arguments: '{"city": "Rome"}',
  });
});

test('however an answer is cut into pieces, it reads the same', () => {
  const args = fc.dictionary(fc.string({ maxLength: 6 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 });
  const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(args, fc.string({ unit: 'grapheme', maxLength: 20 }), cuts, (value, words, sizes) => {
      fc.pre(!words.includes('<'));
      const json = JSON.stringify(value);
      const text = words + call('look', json);
      const chunks: string[] = [];
      for (let at = 0, cut = 0; at < text.length; cut += 1) {
        const size = sizes[cut % sizes.length] ?? 1;
        chunks.push(text.slice(at, at + size));
        at += size;
      }
      expect(read(chunks)).toEqual({ words, name: 'look', arguments: json });
    }),
    { seed: 9, numRuns: 300 },
  );
});

test('what only looks like the beginning of a call stays words', () => {
  expect(read(['a <tool', '_ca', 'tch> b'])).toMatchObject({ words: 'a <tool_catch> b', name: undefined });
  expect(read(['a <tool_ca'])).toMatchObject({ words: 'a <tool_ca', name: undefined });
});

test('it knows when arguments are being written', () => {
  const reader = createToolCallText();
  reader.push('<tool_call>\n{"name": "f", "arg');
  expect(reader.inArguments).toBe(false);
  reader.push('uments": {"a": "}');
  expect(reader.inArguments).toBe(true);
  reader.push('"}');
  expect(reader.inArguments).toBe(false);
});
