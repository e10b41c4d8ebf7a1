import type { AnswerForm } from '../../adapters/onnx/engine/grammar/answer-form.ts';
import {
  createGrammarEngine,
  type GrammarEngine,
} from '../../adapters/onnx/engine/grammar/grammar-engine.ts';
import {
  tokenText,
  writtenToken,
  type VocabularyType,
} from '../../adapters/onnx/engine/grammar/token-texts.ts';
import type { VocabularySource } from '../../adapters/onnx/engine/grammar/vocabulary.ts';

/** The end token of the vocabularies here. */
export const endToken = 0;

/** A small vocabulary: the end, all bytes, and pieces of JSON and words as real ones have them. */
export function smallVocabulary(type: VocabularyType): VocabularySource {
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  const pieces = [
    '{"',
    '":',
    ' "',
    '",',
    '"}',
    '},',
    '], [',
    ' the',
    'ing',
    'name',
    '": "',
    '": {"',
    '[[',
    ' {',
    ', ',
    ': ',
    '00',
    '12',
  ];
  switch (type) {
    case 'byte_level':
      return source(type, [
        ...bytes.map((byte) => writtenToken(String.fromCharCode(byte), type)),
        ...pieces.map((piece) => writtenToken(piece, type)),
      ]);
    case 'byte_fallback':
      return source(type, [
        ...bytes.map((byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`),
        ...Array.from('{}[]",:0123456789-abcdefghijklmnopqrstuvwxyz▁é界'),
        ...pieces.map((piece) => piece.replaceAll(' ', '▁')),
      ]);
    case 'raw':
      return source(type, [
        ...Array.from({ length: 95 }, (_, index) => String.fromCharCode(0x20 + index)),
        ...pieces,
        'é',
        '界',
        '\n',
      ]);
  }
}

function source(type: VocabularyType, texts: readonly string[]): VocabularySource {
  const tokens = ['', ...texts];
  // As models do, with some logits that no token belongs to.
  return { tokens, type, size: tokens.length + 5, endTokens: [endToken] };
}

export interface Walker {
  readonly engine: GrammarEngine;
  /** An answer drawn at random from what may come; `ended` tells whether it came to its end within the budget. */
  walk(form: AnswerForm, options: WalkOptions): Promise<Walk>;
}

export interface WalkOptions {
  readonly budget: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export interface Walk {
  readonly text: string;
  readonly tokens: number;
  readonly ended: boolean;
}

/** Draws answers without a model: what a grammar lets through is all that there is to see. */
export function createWalker(vocabulary: VocabularySource): Walker {
  const engine = createGrammarEngine(() => vocabulary);
  const logits = new Float32Array(vocabulary.size);
  return {
    engine,
    async walk(form, { budget, random }) {
      const constraint = await engine.constrain(form, budget);
      const bytes: string[] = [];
      let ended = false;
      let tokens = 0;
      for (; tokens < budget && !ended; tokens += 1) {
        await new Promise(setImmediate);
        for (const token of logits.keys()) logits[token] = random();
        constraint.mask(logits);
        const token = logits.reduce((best, logit, index) => (logit > (logits[best] ?? 0) ? index : best), 0);
        if (logits[token] === -Infinity) throw new Error('nothing may come next');
        constraint.accept(token);
        ended = token === endToken;
        if (!ended) bytes.push(tokenText(vocabulary.tokens[token] ?? '', vocabulary.type));
      }
      constraint.close();
      return { text: Buffer.from(bytes.join(''), 'latin1').toString('utf8'), tokens, ended };
    },
  };
}
