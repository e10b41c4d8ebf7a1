import { expect, test } from 'vitest';
import { finishOf, partsOf, textOf } from '../conformance/observe.ts';
import { tinyArchitectures } from '../support/tiny-gguf.ts';
import { ask, openTinyModel } from './tiny-model.ts';

test.each(tinyArchitectures)(
  'a %s model with a SentencePiece tokenizer answers, the same every time',
  async (architecture) => {
    await using model = await openTinyModel({
      gguf: { architecture, tokenizer: 'sentencepiece', weightType: 'Q8_0' },
    });
    await model.ready();
    const question = ask('hello world', { maxOutputTokens: 12, temperature: 0 });
    const first = await partsOf(model.adapter, question);
    expect(finishOf(first).usage.outputTokens).toBe(12);
    expect(textOf(first)).not.toBe('');
    expect(textOf(await partsOf(model.adapter, question))).toBe(textOf(first));
  },
);
