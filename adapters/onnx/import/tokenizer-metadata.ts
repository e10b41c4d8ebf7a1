import { z } from 'zod';

import type { GgufMetadata } from './gguf-metadata.ts';
import type { PreTokenizer } from './pre-tokenizers.ts';

import { invalidMetadata, ModelImportError } from './model-import-error.ts';
import { preTokenizerOf } from './pre-tokenizers.ts';

/** A byte-level BPE tokenizer as the GGUF file tells it. */
export interface TokenizerMetadata {
  /** The index is the id. */
  readonly tokens: readonly string[];
  /** Two tokens with a space between, the earlier the stronger. */
  readonly merges: readonly string[];
  /** Ids matched in a text as a whole, before anything else. */
  readonly control: readonly number[];
  readonly userDefined: readonly number[];
  readonly preTokenizer: PreTokenizer;
  readonly bos: number | undefined;
  readonly eos: number;
  readonly unknown: number | undefined;
  readonly padding: number | undefined;
  readonly addBos: boolean;
  readonly addEos: boolean;
  /** All ids that end an answer, `eos` first. */
  readonly endOfAnswer: readonly number[];
  readonly chatTemplate: string | undefined;
}

const tokenId = z.int().nonnegative();

const metadataSchema = z.object({
  'tokenizer.ggml.model': z.string(),
  'tokenizer.ggml.pre': z.string().default('default'),
  'tokenizer.ggml.tokens': z.array(z.string()).min(1),
  'tokenizer.ggml.token_type': z.array(z.int()).optional(),
  'tokenizer.ggml.merges': z.array(z.string().regex(/^[^ ]+ [^ ]+$/)),
  'tokenizer.ggml.bos_token_id': tokenId.optional(),
  'tokenizer.ggml.eos_token_id': tokenId,
  'tokenizer.ggml.eot_token_id': tokenId.optional(),
  'tokenizer.ggml.eom_token_id': tokenId.optional(),
  'tokenizer.ggml.unknown_token_id': tokenId.optional(),
  'tokenizer.ggml.padding_token_id': tokenId.optional(),
  'tokenizer.ggml.add_bos_token': z.boolean().optional(),
  'tokenizer.ggml.add_eos_token': z.boolean().default(false),
  'tokenizer.ggml.add_space_prefix': z.literal(false).optional(),
  'tokenizer.chat_template': z.string().optional(),
});

type MetadataValues = z.infer<typeof metadataSchema>;

const tokenTypes = { control: 3, userDefined: 4 } as const;

/** Control tokens that end a turn or a text in the chat formats of the family, whatever id the file calls eos. */
const endingTexts: ReadonlySet<string> = new Set([
  '<|endoftext|>',
  '<|end_of_text|>',
  '<|im_end|>',
  '<|eot_id|>',
  '<|eom_id|>',
  '<|end|>',
  '<end_of_turn>',
]);

export function readTokenizerMetadata(metadata: GgufMetadata): TokenizerMetadata {
  const values = readValues(metadata);
  const tokens = values['tokenizer.ggml.tokens'];
  requireDistinct(tokens);
  const types = values['tokenizer.ggml.token_type'] ?? [];
  const control = idsOfType(types, tokenTypes.control);
  const preTokenizer = preTokenizerOf(values['tokenizer.ggml.pre']);
  const bos = values['tokenizer.ggml.bos_token_id'];
  const eos = values['tokenizer.ggml.eos_token_id'];
  const endOfAnswer = [
    eos,
    values['tokenizer.ggml.eot_token_id'],
    values['tokenizer.ggml.eom_token_id'],
    ...control.filter((id) => endingTexts.has(tokens[id] ?? '')),
  ];
  const read: TokenizerMetadata = {
    tokens,
    control,
    userDefined: idsOfType(types, tokenTypes.userDefined),
    merges: values['tokenizer.ggml.merges'],
    preTokenizer,
    bos,
    eos,
    unknown: values['tokenizer.ggml.unknown_token_id'],
    padding: values['tokenizer.ggml.padding_token_id'],
    addBos: (values['tokenizer.ggml.add_bos_token'] ?? preTokenizer.addBos) && bos !== undefined,
    addEos: values['tokenizer.ggml.add_eos_token'],
    endOfAnswer: [...new Set(endOfAnswer)].filter((id) => id !== undefined),
    chatTemplate: values['tokenizer.chat_template'],
  };
  requireKnown(read);
  return read;
}

function readValues(metadata: GgufMetadata): MetadataValues {
  const model = metadata.get('tokenizer.ggml.model');
  if (model !== 'gpt2') {
    throw new ModelImportError(
      'unsupported-tokenizer',
      `tokenizer.ggml.model is ${model === undefined ? 'missing' : `'${String(model)}'`}; only 'gpt2' is imported.`,
    );
  }
  const values = metadataSchema.safeParse(Object.fromEntries(metadata));
  if (!values.success) throw invalidMetadata(values.error);
  return values.data;
}

function idsOfType(types: readonly number[], wanted: number): number[] {
  return types.flatMap((type, id) => (type === wanted ? [id] : []));
}

function requireDistinct(tokens: readonly string[]): void {
  if (new Set(tokens).size === tokens.length) return;
  const twice = tokens.find((token, id) => tokens.indexOf(token) !== id);
  throw new ModelImportError(
    'invalid-metadata',
    `tokenizer.ggml.tokens holds ${JSON.stringify(twice)} more than once.`,
  );
}

function requireKnown({
  tokens,
  control,
  userDefined,
  endOfAnswer,
  bos,
  unknown,
  padding,
}: TokenizerMetadata): void {
  const ids = [...control, ...userDefined, ...endOfAnswer, bos ?? 0, unknown ?? 0, padding ?? 0];
  const beyond = ids.find((id) => id >= tokens.length);
  if (beyond !== undefined) {
    throw new ModelImportError(
      'invalid-metadata',
      `Token ${beyond} is spoken of, but the vocabulary ends at ${tokens.length - 1}.`,
    );
  }
}
