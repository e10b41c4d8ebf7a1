import { ModelImportError } from './model-import-error.ts';

/** How a text is cut into pieces before the merges: each pattern cuts what the ones before left over. */
export interface PreTokenizer {
  /** Whether characters are composed first, as Unicode's form C has it. llama.cpp does not, the model's own tokenizer does. */
  readonly composes: boolean;
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

const gpt2: PreTokenizer = { composes: false, patterns: [gpt2Words], ignoreMerges: false, addBos: false };
const digitByDigit: PreTokenizer = { ...gpt2, patterns: ['\\p{N}', gpt2Words] };
const llama3: PreTokenizer = {
  ...gpt2,
  patterns: [llama3Words('\\p{N}{1,3}')],
  ignoreMerges: true,
  addBos: true,
};
const singleDigits: PreTokenizer = { ...gpt2, patterns: [llama3Words('\\p{N}')] };
const qwen2: PreTokenizer = { ...singleDigits, composes: true };

const capitals = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
const smalls = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';
const contraction = "(?:'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE]))?";

/** Words end where a small letter is followed by a capital one. */
function wordsByCase(suffix: string, digits: string): string {
  return [
    `[^\\r\\n\\p{L}\\p{N}]?${capitals}*${smalls}+${suffix}`,
    `[^\\r\\n\\p{L}\\p{N}]?${capitals}+${smalls}*${suffix}`,
    digits,
    ` ?[^${space}\\p{L}\\p{N}]+[\\r\\n/]*`,
    `[${space}]*[\\r\\n]+`,
    runsOfSpace,
  ].join('|');
}

const tekken: PreTokenizer = {
  ...gpt2,
  patterns: [wordsByCase('', '\\p{N}')],
  ignoreMerges: true,
  addBos: true,
};
const gpt4o: PreTokenizer = { ...gpt2, patterns: [wordsByCase(contraction, '\\p{N}{1,3}')] };

const namesOf: readonly (readonly [PreTokenizer, readonly string[]])[] = [
  [gpt2, ['gpt-2', 'phi-2', 'mpt', 'olmo', 'jais', 'trillion']],
  [digitByDigit, ['smollm', 'starcoder', 'refact', 'command-r', 'codeshell', 'exaone', 'minerva-7b']],
  [llama3, ['llama-bpe', 'llama3', 'llama-v3', 'falcon3', 'pixtral', 'lfm2']],
  [qwen2, ['qwen2']],
  [singleDigits, ['deepseek-r1-qwen', 'stablelm2', 'hunyuan', 'megrez']],
  [tekken, ['tekken']],
  [gpt4o, ['gpt-4o', 'llama4']],
];

/** By `tokenizer.ggml.pre`. */
const preTokenizers: ReadonlyMap<string, PreTokenizer> = new Map(
  namesOf.flatMap(([preTokenizer, names]) => names.map((name) => [name, preTokenizer] as const)),
);

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
