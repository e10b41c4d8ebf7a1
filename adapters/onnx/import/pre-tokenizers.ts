import { ModelImportError } from './model-import-error.ts';

/** How a text is cut into pieces before the merges: each pattern cuts what the ones before left over. */
export interface PreTokenizer {
  readonly patterns: readonly string[];
  /** A piece that is a token as a whole stays whole, whatever the merges say. */
  readonly ignoreMerges: boolean;
  /** Whether the bos token is prepended where the metadata do not say. */
  readonly addBos: boolean;
}

/** Unicode's white space. JavaScript's `\s` differs: it has the byte order mark and lacks the next-line character. */
const space = '\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';

const runsOfSpace = `[${space}]+(?![^${space}])|[${space}]+`;

const gpt2Words = `'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?[^${space}\\p{L}\\p{N}]+|${runsOfSpace}`;

function llama3Words(digits: string): string {
  return [
    "'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])",
    '[^\\r\\n\\p{L}\\p{N}]?\\p{L}+',
    digits,
    ` ?[^${space}\\p{L}\\p{N}]+[\\r\\n]*`,
    `[${space}]*[\\r\\n]+`,
    runsOfSpace,
  ].join('|');
}

const gpt2: PreTokenizer = { patterns: [gpt2Words], ignoreMerges: false, addBos: false };
const digitByDigit: PreTokenizer = { ...gpt2, patterns: ['\\p{N}', gpt2Words] };
const llama3: PreTokenizer = { patterns: [llama3Words('\\p{N}{1,3}')], ignoreMerges: true, addBos: true };
const qwen2: PreTokenizer = { ...gpt2, patterns: [llama3Words('\\p{N}')] };

/** By `tokenizer.ggml.pre`. */
const preTokenizers: ReadonlyMap<string, PreTokenizer> = new Map([
  ['gpt-2', gpt2],
  ['smollm', digitByDigit],
  ['starcoder', digitByDigit],
  ['refact', digitByDigit],
  ['llama-bpe', llama3],
  ['llama3', llama3],
  ['llama-v3', llama3],
  ['qwen2', qwen2],
]);

export function preTokenizerOf(name: string): PreTokenizer {
  const preTokenizer = preTokenizers.get(name);
  if (preTokenizer === undefined) {
    throw new ModelImportError(
      'unsupported-tokenizer',
      `tokenizer.ggml.pre is '${name}'; imported are ${[...preTokenizers.keys()].join(', ')}.`,
    );
  }
  return preTokenizer;
}
