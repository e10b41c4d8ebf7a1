import { writeFile } from 'node:fs/promises';

import type { GgufContent, GgufEntry } from './gguf-bytes.ts';
import type { TinyTensor, TinyWeightType } from './tiny-weights.ts';

import { ggufBytes } from './gguf-bytes.ts';
import { tinyPieces, tinyPiecesMetadata } from './tiny-pieces.ts';
import { blockSizeOf, randomTensor, seededRandom } from './tiny-weights.ts';

export const tinyArchitectures = ['llama', 'qwen2', 'qwen3', 'gemma', 'gemma2', 'gemma3'] as const;
export type TinyArchitecture = (typeof tinyArchitectures)[number];

export interface TinyGgufOptions {
  /** @default 'llama' */
  readonly architecture?: TinyArchitecture;
  /** How the matrices are stored. @default 'Q4_1' */
  readonly weightType?: TinyWeightType;
  /** @default 'byte-level' */
  readonly tokenizer?: 'byte-level' | 'sentencepiece';
  /** Merges of the byte-level tokenizer besides its own, with their tokens. @default none */
  readonly extraMerges?: readonly string[];
  /** Another seed, other weights. @default 1 */
  readonly seed?: number;
  /** Without it the embedding serves as the head. @default false */
  readonly separateHead?: boolean;
  /** @default 2 */
  readonly layers?: number;
  /** @default 256 */
  readonly contextTokens?: number;
  /** The token that ends an answer, to make the model end where a test wants it. @default 2, `<|im_end|>` */
  readonly eosToken?: number;
  /** Control tokens without weights: greedy answers then never say one, and go on to their limit. @default false */
  readonly neverEnds?: boolean;
  /** Entries added or replaced; `undefined` leaves the entry out. */
  readonly metadata?: Readonly<Record<string, GgufEntry | undefined>>;
}

/**
 * The shape of the tiny model: 4 query heads in 2 groups. 64 wide, or 256 where the blocks are 256 long. Where heads may have any size,
 * they have twice their share of the width.
 */
export interface TinyShape {
  readonly layers: number;
  readonly width: number;
  readonly feedForwardWidth: number;
  readonly queryHeads: 4;
  readonly keyValueHeads: 2;
  readonly headSize: number;
}

export function tinyShape(options: TinyGgufOptions = {}): TinyShape {
  const { layers = 2, weightType = 'Q4_1', architecture = 'llama' } = options;
  const width = Math.max(64, blockSizeOf(weightType));
  return {
    layers,
    width,
    feedForwardWidth: 2 * width,
    queryHeads: 4,
    keyValueHeads: 2,
    headSize: architecture === 'llama' || architecture === 'qwen2' ? width / 4 : width / 2,
  };
}

/** Writes a llama model with random weights, a few hundred kilobytes. Its answers are gibberish, always the same. */
export async function writeTinyGguf(file: string, options: TinyGgufOptions = {}): Promise<void> {
  await writeFile(file, ggufBytes(tinyGguf(options)));
}

export function tinyGguf(options: TinyGgufOptions = {}): GgufContent {
  const random = seededRandom(options.seed ?? 1);
  const entries: Record<string, GgufEntry | undefined> = { ...tinyMetadata(options), ...options.metadata };
  const metadata: Record<string, GgufEntry> = {};
  for (const [key, entry] of Object.entries(entries)) if (entry !== undefined) metadata[key] = entry;
  const tensors = tinyTensors(options).map((tensor) => randomTensor(tensor, random));
  if (options.neverEnds === true) {
    for (const tensor of tensors) silenceControlTokens(tensor, vocabularySize(options));
  }
  return { metadata, tensors };
}

/** In all forms a block of zeros is a block of weights that are zero. */
function silenceControlTokens(
  { name, bytes }: { readonly name: string; readonly bytes: Buffer },
  tokens: number,
): void {
  if (name === 'token_embd.weight' || name === 'output.weight') {
    bytes.fill(0, 0, (bytes.length / tokens) * controlTokens.length);
  }
}

export const tinyChatTemplate = [
  '{% for message in messages %}',
  "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}",
  '{% endfor %}',
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
].join('');

const controlTokens = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];

export const tinyTokens: readonly string[] = [
  ...controlTokens,
  ...byteTokens(),
  ...tinyMerges().map((merge) => merge.replace(' ', '')),
];

function tinyMetadata(options: TinyGgufOptions): Record<string, GgufEntry> {
  const shape = tinyShape(options);
  const architecture = options.architecture ?? 'llama';
  const own: Record<string, GgufEntry> = {
    block_count: { type: 'uint32', value: shape.layers },
    context_length: { type: 'uint32', value: options.contextTokens ?? 256 },
    embedding_length: { type: 'uint32', value: shape.width },
    feed_forward_length: { type: 'uint32', value: shape.feedForwardWidth },
    'attention.head_count': { type: 'uint32', value: shape.queryHeads },
    'attention.head_count_kv': { type: 'uint32', value: shape.keyValueHeads },
    'attention.layer_norm_rms_epsilon': { type: 'float32', value: 1e-5 },
    'rope.freq_base': { type: 'float32', value: 10_000 },
    'rope.dimension_count': { type: 'uint32', value: shape.headSize },
    vocab_size: { type: 'uint32', value: vocabularySize(options) },
    ...ownMetadata(architecture, shape),
  };
  return {
    'general.architecture': { type: 'string', value: architecture },
    'general.name': { type: 'string', value: 'Tiny' },
    ...Object.fromEntries(Object.entries(own).map(([key, entry]) => [`${architecture}.${key}`, entry])),
    ...(options.tokenizer === 'sentencepiece' ? tinyPiecesMetadata : byteLevelMetadata(options)),
    'tokenizer.ggml.eos_token_id': { type: 'uint32', value: options.eosToken ?? 2 },
    'tokenizer.ggml.bos_token_id': { type: 'uint32', value: 1 },
    'tokenizer.ggml.unknown_token_id': { type: 'uint32', value: 0 },
    'tokenizer.ggml.padding_token_id': { type: 'uint32', value: 2 },
    'tokenizer.chat_template': { type: 'string', value: tinyChatTemplate },
  };
}

function byteLevelMetadata(options: TinyGgufOptions): Record<string, GgufEntry> {
  const tokens = byteLevelTokens(options);
  const merges = [...tinyMerges(), ...(options.extraMerges ?? [])];
  return {
    'tokenizer.ggml.model': { type: 'string', value: 'gpt2' },
    'tokenizer.ggml.pre': { type: 'string', value: 'smollm' },
    'tokenizer.ggml.tokens': { type: 'strings', value: tokens },
    'tokenizer.ggml.token_type': {
      type: 'int32s',
      value: tokens.map((_, id) => (id < controlTokens.length ? 3 : 1)),
    },
    'tokenizer.ggml.merges': { type: 'strings', value: merges },
    'tokenizer.ggml.add_bos_token': { type: 'bool', value: false },
  };
}

function byteLevelTokens({ extraMerges = [] }: TinyGgufOptions): readonly string[] {
  return [...new Set([...tinyTokens, ...extraMerges.map((merge) => merge.replace(' ', ''))])];
}

function vocabularySize(options: TinyGgufOptions): number {
  return options.tokenizer === 'sentencepiece' ? tinyPieces.length : byteLevelTokens(options).length;
}

/** Windows are shorter than the tests' texts, and caps low enough to show. */
function ownMetadata(architecture: TinyArchitecture, { headSize }: TinyShape): Record<string, GgufEntry> {
  const headLengths: Record<string, GgufEntry> = {
    'attention.key_length': { type: 'uint32', value: headSize },
    'attention.value_length': { type: 'uint32', value: headSize },
  };
  switch (architecture) {
    case 'llama':
    case 'qwen2':
      return {};
    case 'qwen3':
    case 'gemma':
      return headLengths;
    case 'gemma2':
      return {
        ...headLengths,
        'attention.sliding_window': { type: 'uint32', value: 5 },
        attn_logit_softcapping: { type: 'float32', value: 2 },
        final_logit_softcapping: { type: 'float32', value: 3 },
      };
    case 'gemma3':
      return {
        ...headLengths,
        'attention.sliding_window': { type: 'uint32', value: 5 },
        'rope.freq_base': { type: 'float32', value: 1_000_000 },
        'rope.scaling.type': { type: 'string', value: 'linear' },
        'rope.scaling.factor': { type: 'float32', value: 8 },
      };
  }
}

function tinyTensors(options: TinyGgufOptions): readonly TinyTensor[] {
  const { layers, width } = tinyShape(options);
  const type = options.weightType ?? 'Q4_1';
  return [
    matrix('token_embd.weight', { columns: width, rows: vocabularySize(options), type }),
    ...Array.from({ length: layers }, (_, layer) => layerTensors(`blk.${layer}`, options)).flat(),
    vector('output_norm.weight', width),
    ...(options.separateHead === true
      ? [matrix('output.weight', { columns: width, rows: vocabularySize(options), type })]
      : []),
  ];
}

function layerTensors(layer: string, options: TinyGgufOptions): readonly TinyTensor[] {
  const { width, feedForwardWidth, queryHeads, keyValueHeads, headSize } = tinyShape(options);
  const { architecture = 'llama', weightType: type = 'Q4_1' } = options;
  const queryWidth = queryHeads * headSize;
  const keyValueWidth = keyValueHeads * headSize;
  const extra: Readonly<Record<TinyArchitecture, readonly TinyTensor[]>> = {
    llama: [],
    qwen2: [
      vector(`${layer}.attn_q.bias`, queryWidth),
      vector(`${layer}.attn_k.bias`, keyValueWidth),
      vector(`${layer}.attn_v.bias`, keyValueWidth),
    ],
    qwen3: headNorms(layer, headSize),
    gemma: [],
    gemma2: postNorms(layer, width),
    gemma3: [...headNorms(layer, headSize), ...postNorms(layer, width)],
  };
  return [
    vector(`${layer}.attn_norm.weight`, width),
    matrix(`${layer}.attn_q.weight`, { columns: width, rows: queryWidth, type }),
    matrix(`${layer}.attn_k.weight`, { columns: width, rows: keyValueWidth, type }),
    matrix(`${layer}.attn_v.weight`, { columns: width, rows: keyValueWidth, type }),
    matrix(`${layer}.attn_output.weight`, { columns: queryWidth, rows: width, type }),
    vector(`${layer}.ffn_norm.weight`, width),
    matrix(`${layer}.ffn_gate.weight`, { columns: width, rows: feedForwardWidth, type }),
    matrix(`${layer}.ffn_up.weight`, { columns: width, rows: feedForwardWidth, type }),
    matrix(`${layer}.ffn_down.weight`, { columns: feedForwardWidth, rows: width, type }),
    ...extra[architecture],
  ];
}

function headNorms(layer: string, headSize: number): readonly TinyTensor[] {
  return [vector(`${layer}.attn_q_norm.weight`, headSize), vector(`${layer}.attn_k_norm.weight`, headSize)];
}

function postNorms(layer: string, width: number): readonly TinyTensor[] {
  return [
    vector(`${layer}.post_attention_norm.weight`, width),
    vector(`${layer}.post_ffw_norm.weight`, width),
  ];
}

/** Its deviation keeps the size of the numbers about the same from layer to layer. */
function matrix(
  name: string,
  { columns, rows, type }: { readonly columns: number; readonly rows: number; readonly type: TinyWeightType },
): TinyTensor {
  return { name, dimensions: [columns, rows], type, deviation: 1 / Math.sqrt(columns) };
}

function vector(name: string, length: number): TinyTensor {
  return { name, dimensions: [length], type: 'F32', deviation: 1 };
}

function tinyMerges(): readonly string[] {
  const merges =
    'Ġ t|Ġ a|h e|i n|r e|o n|e r|Ġt he|Ġ s|Ġ w|o r|i s|e s|l l|Ġ h|he ll|hell o|Ġw or|Ġwor l|Ġworl d|a n|Ġa n|Ġan d|' +
    'in g|Ġ Ġ|ĠĠ ĠĠ|Ċ Ċ|Ã ©|ð Ł';
  return merges.split('|');
}

/** GPT-2's printable stand-ins for the 256 bytes: themselves where printable, else the next free character from 256 on. */
function byteTokens(): readonly string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    if (printable(byte)) return String.fromCharCode(byte);
    next += 1;
    return String.fromCharCode(next - 1);
  });
}

function printable(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}
