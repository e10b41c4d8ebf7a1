import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { EncoderDescription } from '../encoder-description.ts';
import { floatsOf, int64Tensor } from '../engine/tensors.ts';
import { pool } from './pooling.ts';
import { toScores } from './scores.ts';
import type { TokenizedText } from './text-tokenizer.ts';

/** Runs the graph of an encoder over several texts at once. */
export interface Encoder {
  /** Numbers of each text: a vector, one score a label, or one grade. Texts are padded to `width` tokens. */
  run(texts: readonly TokenizedText[], width: number): Promise<readonly Float32Array[]>;
}

export interface EncoderOptions {
  readonly description: EncoderDescription;
  readonly padToken: number;
}

export function createEncoder(session: InferenceSession, { description, padToken }: EncoderOptions): Encoder {
  const wanted = new Set(session.inputNames);
  return {
    async run(texts, width) {
      const inputs = inputTensors(texts, { width, padToken });
      const outputs = await session.run(
        Object.fromEntries(Object.entries(inputs).filter(([name]) => wanted.has(name))),
      );
      const name = description.task === 'embed' ? 'last_hidden_state' : 'logits';
      const all = floatsOf(outputs[name], name);
      return texts.map((text, row) => numbersOf(all, { description, text, row, width }));
    },
  };
}

function inputTensors(
  texts: readonly TokenizedText[],
  { width, padToken }: { readonly width: number; readonly padToken: number },
): Record<string, Tensor> {
  const dimensions = [texts.length, width];
  const padded = (list: readonly number[], padding: number): number[] =>
    Array.from({ length: width }, (_, at) => list[at] ?? padding);
  return {
    input_ids: int64Tensor(
      texts.flatMap(({ tokens }) => padded(tokens, padToken)),
      dimensions,
    ),
    attention_mask: int64Tensor(
      texts.flatMap(({ tokens }) =>
        padded(
          tokens.map(() => 1),
          0,
        ),
      ),
      dimensions,
    ),
    token_type_ids: int64Tensor(
      texts.flatMap(({ types }) => padded(types, 0)),
      dimensions,
    ),
  };
}

interface Row {
  readonly description: EncoderDescription;
  readonly text: TokenizedText;
  readonly row: number;
  readonly width: number;
}

function numbersOf(all: Float32Array, { description, text, row, width }: Row): Float32Array {
  switch (description.task) {
    case 'embed': {
      const size = width * description.dimensions;
      const states = all.subarray(row * size, (row + 1) * size);
      return pool(states, { ...description, tokens: text.tokens.length });
    }
    case 'classify': {
      const { labels, multiLabel } = description;
      return toScores(all.subarray(row * labels.length, (row + 1) * labels.length), multiLabel);
    }
    case 'rerank':
      return all.slice(row, row + 1);
  }
}
