import { writeFile } from 'node:fs/promises';

import type { GgufContent, GgufEntry } from './gguf-bytes.ts';
import type { TinyTensor, TinyWeightType } from './tiny-weights.ts';

import { ggufBytes } from './gguf-bytes.ts';
import { blockSizeOf, randomTensor, seededRandom } from './tiny-weights.ts';

export interface TinyGgufOptions {
  /** How the matrices are stored. @default 'Q4_1' */
  readonly weightType?: TinyWeightType;
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

/** The shape of the tiny model: 4 query heads in 2 groups. 64 wide, or 256 where the blocks are 256 long. */
export interface TinyShape {
  readonly layers: number;
  readonly width: number;
  readonly feedForwardWidth: number;
  readonly queryHeads: 4;
  readonly keyValueHeads: 2;
  readonly headSize: number;
}

export function tinyShape({ layers = 2, weightType = 'Q4_1' }: TinyGgufOptions = {}): TinyShape {
  const width = Math.max(64, blockSizeOf(weightType));
  return {
    layers,
    width,
    feedForwardWidth: 2 * width,
    queryHeads: 4,
    keyValueHeads: 2,
    headSize: width / 4,
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
  if (options.neverEnds === true) tensors.forEach(silenceControlTokens);
  return { metadata, tensors };
}

/** In all forms a block of zeros is a block of weights that are zero. */
function silenceControlTokens({ name, bytes }: { readonly name: string; readonly bytes: Buffer }): void {
  if (name === 'token_embd.weight' || name === 'output.weight') {
    bytes.fill(0, 0, (bytes.length / tinyTokens.length) * controlTokens.length);
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
  return {
    'general.architecture': { type: 'string', value: 'llama' },
    'general.name': { type: 'string', value: 'Tiny' },
    'llama.block_count': { type: 'uint32', value: shape.layers },
    'llama.context_length': { type: 'uint32', value: options.contextTokens ?? 256 },
    'llama.embedding_length': { type: 'uint32', value: shape.width },
    'llama.feed_forward_length': { type: 'uint32', value: shape.feedForwardWidth },
    'llama.attention.head_count': { type: 'uint32', value: shape.queryHeads },
    'llama.attention.head_count_kv': { type: 'uint32', value: shape.keyValueHeads },
    'llama.attention.layer_norm_rms_epsilon': { type: 'float32', value: 1e-5 },
    'llama.rope.freq_base': { type: 'float32', value: 10_000 },
    'llama.rope.dimension_count': { type: 'uint32', value: shape.headSize },
    'llama.vocab_size': { type: 'uint32', value: tinyTokens.length },
    'tokenizer.ggml.model': { type: 'string', value: 'gpt2' },
    'tokenizer.ggml.pre': { type: 'string', value: 'smollm' },
    'tokenizer.ggml.tokens': { type: 'strings', value: tinyTokens },
    'tokenizer.ggml.token_type': {
      type: 'int32s',
      value: tinyTokens.map((_, id) => (id < controlTokens.length ? 3 : 1)),
    },
    'tokenizer.ggml.merges': { type: 'strings', value: tinyMerges() },
    'tokenizer.ggml.bos_token_id': { type: 'uint32', value: 1 },
    'tokenizer.ggml.eos_token_id': { type: 'uint32', value: options.eosToken ?? 2 },
    'tokenizer.ggml.unknown_token_id': { type: 'uint32', value: 0 },
    'tokenizer.ggml.padding_token_id': { type: 'uint32', value: 2 },
    'tokenizer.ggml.add_bos_token': { type: 'bool', value: false },
    'tokenizer.chat_template': { type: 'string', value: tinyChatTemplate },
  };
}

function tinyTensors(options: TinyGgufOptions): readonly TinyTensor[] {
  const { layers, width, feedForwardWidth, queryHeads, keyValueHeads, headSize } = tinyShape(options);
  const type = options.weightType ?? 'Q4_1';
  // Keeps the size of the numbers about the same from layer to layer.
  const matrix = (name: string, columns: number, rows: number): TinyTensor => {
    return { name, dimensions: [columns, rows], type, deviation: 1 / Math.sqrt(columns) };
  };
  const norm = (name: string): TinyTensor => ({ name, dimensions: [width], type: 'F32', deviation: 1 });
  const layerTensors = Array.from({ length: layers }, (_, layer) => [
    norm(`blk.${layer}.attn_norm.weight`),
    matrix(`blk.${layer}.attn_q.weight`, width, queryHeads * headSize),
    matrix(`blk.${layer}.attn_k.weight`, width, keyValueHeads * headSize),
    matrix(`blk.${layer}.attn_v.weight`, width, keyValueHeads * headSize),
    matrix(`blk.${layer}.attn_output.weight`, queryHeads * headSize, width),
    norm(`blk.${layer}.ffn_norm.weight`),
    matrix(`blk.${layer}.ffn_gate.weight`, width, feedForwardWidth),
    matrix(`blk.${layer}.ffn_up.weight`, width, feedForwardWidth),
    matrix(`blk.${layer}.ffn_down.weight`, feedForwardWidth, width),
  ]);
  return [
    matrix('token_embd.weight', width, tinyTokens.length),
    ...layerTensors.flat(),
    norm('output_norm.weight'),
    ...(options.separateHead === true ? [matrix('output.weight', width, tinyTokens.length)] : []),
  ];
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
