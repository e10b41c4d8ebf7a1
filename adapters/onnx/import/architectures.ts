/** What sets an architecture apart. All else is the same for all: one reader of metadata, one list of tensors, one graph. */
export interface Architecture {
  /** `general.architecture`, and the prefix of the architecture's metadata. */
  readonly name: string;
  /** What transformers calls it, for `config.json`. */
  readonly transformers: { readonly modelType: string; readonly className: string };
  /** Which numbers of a head the rotary embedding turns together: 2i and 2i + 1, or i and i + headSize / 2. */
  readonly rotaryPairs: 'neighbours' | 'halves';
  /** Of the gate; `gelu` is the approximation by tanh. */
  readonly activation: 'silu' | 'gelu';
  /** Embeddings are multiplied by the root of the width. */
  readonly scalesEmbeddings: boolean;
  readonly biases: boolean;
  /** Each head's queries and keys are normed before they are turned. */
  readonly headNorms: boolean;
  /** What attention and feed-forward give is normed before it is added. */
  readonly postNorms: boolean;
  /** Softcaps (cap * tanh(x / cap)) where the metadata do not say; 0 is none, undefined that there is no such cap. */
  readonly attentionSoftcap: number | undefined;
  readonly logitSoftcap: number | undefined;
  readonly slidingWindow: SlidingWindowPattern | undefined;
  /** Layers of the model whose attention scale follows the width instead of the head size. */
  readonly layersScaledByWidth: number | undefined;
}

/** Some layers see only the nearest tokens. */
export interface SlidingWindowPattern {
  /** Where the metadata do not say; 0 is none. */
  readonly tokens: number;
  /** Every so many layers, the last one sees all. */
  readonly period: number;
  /** Rotary base of the layers with a window; undefined is that of the others, which then also scale alike. */
  readonly ropeBase: number | undefined;
}

const llama: Architecture = {
  name: 'llama',
  transformers: { modelType: 'llama', className: 'LlamaForCausalLM' },
  rotaryPairs: 'neighbours',
  activation: 'silu',
  scalesEmbeddings: false,
  biases: false,
  headNorms: false,
  postNorms: false,
  attentionSoftcap: undefined,
  logitSoftcap: undefined,
  slidingWindow: undefined,
  layersScaledByWidth: undefined,
};

const qwen2: Architecture = {
  ...llama,
  name: 'qwen2',
  transformers: { modelType: 'qwen2', className: 'Qwen2ForCausalLM' },
  rotaryPairs: 'halves',
  biases: true,
};

const qwen3: Architecture = {
  ...qwen2,
  name: 'qwen3',
  transformers: { modelType: 'qwen3', className: 'Qwen3ForCausalLM' },
  biases: false,
  headNorms: true,
};

/** The one that gemma's norms add to their weights is in the file: the converter has added it. */
const gemma: Architecture = {
  ...llama,
  name: 'gemma',
  transformers: { modelType: 'gemma', className: 'GemmaForCausalLM' },
  rotaryPairs: 'halves',
  activation: 'gelu',
  scalesEmbeddings: true,
};

const gemma2: Architecture = {
  ...gemma,
  name: 'gemma2',
  transformers: { modelType: 'gemma2', className: 'Gemma2ForCausalLM' },
  postNorms: true,
  attentionSoftcap: 50,
  logitSoftcap: 30,
  slidingWindow: { tokens: 4096, period: 2, ropeBase: undefined },
  layersScaledByWidth: 46,
};

const gemma3: Architecture = {
  ...gemma,
  name: 'gemma3',
  transformers: { modelType: 'gemma3_text', className: 'Gemma3ForCausalLM' },
  headNorms: true,
  postNorms: true,
  logitSoftcap: 0,
  slidingWindow: { tokens: 0, period: 6, ropeBase: 10_000 },
  layersScaledByWidth: 62,
};

/** The defaults are llama.cpp's, which fills in what its converter leaves out of a file. */
export const architectures: readonly Architecture[] = [llama, qwen2, qwen3, gemma, gemma2, gemma3];
