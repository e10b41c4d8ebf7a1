import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { readBoundedText } from './open-regular.ts';
import { LoadFailure } from './load-failure.ts';

/** What is used of the library, whose own type files TypeScript cannot follow under Node's rules of resolution. */
export interface Tokenizer {
  encode(
    text: string,
    options: {
      readonly text_pair?: string | null;
      readonly add_special_tokens: boolean;
      readonly return_token_type_ids?: boolean;
    },
  ): { readonly ids: number[]; readonly token_type_ids?: number[] };
  decode(
    tokens: number[],
    options: { readonly skip_special_tokens: boolean; readonly clean_up_tokenization_spaces: boolean },
  ): string;
  token_to_id(token: string): number | undefined;
  /** Ids by their tokens, added ones included. */
  get_vocab(): ReadonlyMap<string, number>;
  /** Added tokens by their ids. */
  get_added_tokens_decoder(): ReadonlyMap<number, { readonly content: string; readonly special: boolean }>;
}

/** What `tokenizer.json`, `tokenizer_config.json` and `chat_template.jinja` of a model folder say. */
export interface TokenizerFiles {
  readonly tokenizer: Tokenizer;
  /** By their names in templates, such as `bos_token`. */
  readonly specialTokens: Readonly<Record<string, string>>;
  /** Jinja; the default one where there are several. */
  readonly chatTemplate: string | undefined;
}

export interface ReadTokenizerOptions {
  /** Without merges the tokenizer only decodes, loads in two thirds of the time and takes a fifth less memory. @default true */
  readonly merges?: boolean;
}

/** The largest in use, of vocabularies of 262,144 tokens, take 33 MB. */
const maxTokenizerBytes = 100_000_000;
const maxConfigBytes = 10_000_000;
const maxTemplateBytes = 1_000_000;

/** Reads the tokenizer of a model folder, given by its absolute path. Throws `LoadFailure` for what is wrong with the files. */
export async function readTokenizerFiles(
  directory: string,
  { merges = true }: ReadTokenizerOptions = {},
): Promise<TokenizerFiles> {
  const tokenizerText = await readBoundedText(directory, 'tokenizer.json', maxTokenizerBytes);
  const configText = await readBoundedText(directory, 'tokenizer_config.json', maxConfigBytes);
  const templateText = await readBoundedText(directory, 'chat_template.jinja', maxTemplateBytes);
  try {
    const parsed = tokenizerSchema.parse(JSON.parse(tokenizerText ?? ''));
    const json = merges ? parsed : { ...parsed, model: withoutMerges(parsed.model) };
    const config = configSchema.parse(JSON.parse(configText ?? ''));
    const tokenizer: Tokenizer = new HuggingFaceTokenizer(json, config);
    return {
      tokenizer,
      specialTokens: specialTokensOf(config),
      chatTemplate: templateText ?? templateOf(config),
    };
  } catch (cause) {
    throw new LoadFailure(
      'The tokenizer cannot be loaded: tokenizer.json or tokenizer_config.json is missing, damaged or of an unknown kind. ' +
        'Remove the model folder so that it is fetched again.',
      { cause },
    );
  }
}

/** Texts of the tokens that mean something to the model besides their text. */
export function controlTokensOf(tokenizer: Tokenizer): readonly string[] {
  return Array.from(tokenizer.get_added_tokens_decoder().values())
    .filter(({ special }) => special)
    .map(({ content }) => content);
}

/** Most characters a token stands for. */
export function longestTokenOf(tokenizer: Tokenizer): number {
  let longest = 1;
  for (const token of tokenizer.get_vocab().keys()) longest = Math.max(longest, token.length);
  return longest;
}

const tokenizerSchema = z.looseObject({ model: z.looseObject({}) });

function withoutMerges(model: z.output<typeof tokenizerSchema>['model']): object {
  return 'merges' in model ? { ...model, merges: [] } : model;
}

const tokenSchema = z
  .union([z.string(), z.looseObject({ content: z.string() }).transform(({ content }) => content)])
  .nullish();

const specialTokensSchema = z.object({
  bos_token: tokenSchema,
  eos_token: tokenSchema,
  unk_token: tokenSchema,
  sep_token: tokenSchema,
  pad_token: tokenSchema,
  cls_token: tokenSchema,
  mask_token: tokenSchema,
});

const configSchema = z.looseObject({
  chat_template: z
    .union([z.string(), z.array(z.looseObject({ name: z.string(), template: z.string() }))])
    .nullish(),
});

type TokenizerConfig = z.output<typeof configSchema>;

function specialTokensOf(config: TokenizerConfig): Record<string, string> {
  const named: Record<string, string> = {};
  for (const [name, token] of Object.entries(specialTokensSchema.parse(config)))
    if (token !== null && token !== undefined) named[name] = token;
  return named;
}

function templateOf({ chat_template: template }: TokenizerConfig): string | undefined {
  if (typeof template === 'string') return template;
  return template?.find(({ name }) => name === 'default')?.template;
}
