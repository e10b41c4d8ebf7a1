import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandomSource } from '../../adapters/onnx/engine/random.ts';

/** A BERT with random weights, small enough to compute by hand. */
export interface TinyBert {
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: ReadonlyMap<string, TinyTensor>;
}

export interface TinyTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export const tinyBertShape = {
  width: 16,
  wide: 32,
  heads: 4,
  layers: 2,
  vocabulary: 20,
  positions: 24,
  types: 2,
};

const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

export interface TinyBertOptions {
  readonly seed?: number;
  /** Makes a classifier; one label is a grade. */
  readonly labels?: readonly string[];
  readonly config?: Readonly<Record<string, unknown>>;
}

export function tinyBert({ seed = 1, labels, config = {} }: TinyBertOptions = {}): TinyBert {
  const random = createRandomSource(seed);
  const tensors = new Map<string, TinyTensor>();
  const { width, wide, layers, vocabulary, positions, types } = tinyBertShape;
  const prefix = labels === undefined ? '' : 'bert.';
  const add = (name: string, shape: readonly number[], { spread = 0.5, mean = 0 } = {}): void => {
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    const values = Float32Array.from({ length: size }, () => mean + (random.next() - 0.5) * 2 * spread);
    tensors.set(name, { shape, values });
  };
  const linear = (name: string, outputs: number, inputs: number): void => {
    add(`${name}.weight`, [outputs, inputs]);
    add(`${name}.bias`, [outputs]);
  };
  const norm = (name: string): void => {
    add(`${name}.weight`, [width], { spread: 0.3, mean: 1 });
    add(`${name}.bias`, [width], { spread: 0.3 });
  };
  add(`${prefix}embeddings.word_embeddings.weight`, [vocabulary, width]);
  add(`${prefix}embeddings.position_embeddings.weight`, [positions, width]);
  add(`${prefix}embeddings.token_type_embeddings.weight`, [types, width]);
  norm(`${prefix}embeddings.LayerNorm`);
  for (let layer = 0; layer < layers; layer += 1) {
    const name = `${prefix}encoder.layer.${layer}`;
    for (const part of ['query', 'key', 'value']) linear(`${name}.attention.self.${part}`, width, width);
    linear(`${name}.attention.output.dense`, width, width);
    norm(`${name}.attention.output.LayerNorm`);
    linear(`${name}.intermediate.dense`, wide, width);
    linear(`${name}.output.dense`, width, wide);
    norm(`${name}.output.LayerNorm`);
  }
  linear(`${prefix}pooler.dense`, width, width);
  if (labels !== undefined) linear('classifier', labels.length, width);
  return { config: { ...configOf(labels), ...config }, tensors };
}

function configOf(labels: readonly string[] | undefined): Readonly<Record<string, unknown>> {
  const { width, wide, heads, layers, vocabulary, positions, types } = tinyBertShape;
  return {
    model_type: 'bert',
    architectures: [labels === undefined ? 'BertModel' : 'BertForSequenceClassification'],
    hidden_size: width,
    intermediate_size: wide,
    num_attention_heads: heads,
    num_hidden_layers: layers,
    vocab_size: vocabulary,
    max_position_embeddings: positions,
    type_vocab_size: types,
    layer_norm_eps: 1e-12,
    hidden_act: 'gelu',
    pad_token_id: 0,
    ...(labels === undefined ? {} : { id2label: Object.fromEntries(labels.entries()) }),
  };
}

/** The files of the model as its publisher would lay them out; returns the path of the weights. */
export async function writeTinyBert(folder: string, bert: TinyBert): Promise<string> {
  await mkdir(folder, { recursive: true });
  const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'];
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [special1('[CLS]', 0), sequence('A', 0), special1('[SEP]', 0)],
      pair: [
        special1('[CLS]', 0),
        sequence('A', 0),
        special1('[SEP]', 0),
        sequence('B', 1),
        special1('[SEP]', 1),
      ],
      special_tokens: {
        '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
        '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
      },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(words.map((word, id) => [word, id])),
    },
  };
  const tokenizerConfig = {
    tokenizer_class: 'BertTokenizer',
    cls_token: '[CLS]',
    sep_token: '[SEP]',
    pad_token: '[PAD]',
    unk_token: '[UNK]',
    do_lower_case: true,
  };
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(tokenizerConfig));
  await writeFile(join(folder, 'config.json'), JSON.stringify(bert.config));
  const weights = join(folder, 'model.safetensors');
  await writeFile(weights, safetensorsBytes(bert.tensors));
  return weights;
}

function special1(id: string, type: number): object {
  return { SpecialToken: { id, type_id: type } };
}

function sequence(id: string, type: number): object {
  return { Sequence: { id, type_id: type } };
}

/** The tensors as a safetensors file. */
export function safetensorsBytes(tensors: ReadonlyMap<string, TinyTensor>): Buffer {
  let at = 0;
  const header: Record<string, object> = { __metadata__: { format: 'pt' } };
  for (const [name, { shape, values }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [at, at + values.byteLength] };
    at += values.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const bodies = [...tensors.values()].map(({ values }) => Buffer.from(values.buffer));
  return Buffer.concat([length, text, ...bodies]);
}
