import { z } from 'zod';

import type { GgufMetadata } from './gguf-metadata.ts';
import type { PreTokenizer } from './pre-tokenizers.ts';

import { invalidMetadata, ModelImportError } from './model-import-error.ts';
import { preTokenizerOf } from './pre-tokenizers.ts';
import { sentencePieceMerges } from './sentencepiece-merges.ts';

/** A tokenizer as the GGUF file tells it. */
export interface TokenizerMetadata {
  /** The index is the id. */
  readonly tokens: readonly string[];
  readonly model: ByteLevelModel | SentencePieceModel;
  /** Ids matched in a text as a whole, before anything else. */
  readonly control: readonly number[];
  readonly userDefined: readonly number[];
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

/** GPT-2's way: every byte of a piece of text is a letter, and letters are merged. `tokenizer.ggml.model` is `gpt2`. */
export interface ByteLevelModel {
  readonly kind: 'byte-level';
  /** Two tokens with a space between, the earlier the stronger. */
  readonly merges: readonly string[];
  readonly preTokenizer: PreTokenizer;
}

/**
 * Llama 2's and gemma's way: the characters of the whole text are merged, spaces among them, and what is no token becomes the tokens of
 * its bytes. `tokenizer.ggml.model` is `llama`.
 */
export interface SentencePieceModel {
  readonly kind: 'sentencepiece';
  /** The earlier the stronger. */
  readonly merges: readonly (readonly [string, string])[];
  /** Whether text begins as if a space stood before it, at the start and after a control token. */
  readonly addSpacePrefix: boolean;
}

const tokenId = z.int().nonnegative();

const metadataSchema = z.object({
  'tokenizer.ggml.model': z.string(),
  'tokenizer.ggml.tokens': z.array(z.string()).min(1),
  'tokenizer.ggml.token_type': z.array(z.int()).optional(),
  'tokenizer.ggml.bos_token_id': tokenId.optional(),
  'tokenizer.ggml.eos_token_id': tokenId,
  'tokenizer.ggml.eot_token_id': tokenId.optional(),
  'tokenizer.ggml.eom_token_id': tokenId.optional(),
  'tokenizer.ggml.unknown_token_id': tokenId.optional(),
  'tokenizer.ggml.padding_token_id': tokenId.optional(),
  'tokenizer.ggml.add_bos_token': z.boolean().optional(),
  'tokenizer.ggml.add_eos_token': z.boolean().default(false),
  'tokenizer.chat_template': z.string().optional(),
});

const byteLevelSchema = z.object({
  'tokenizer.ggml.pre': z.string().default('default'),
  'tokenizer.ggml.merges': z.array(z.string().regex(/^[^ ]+ [^ ]+$/)),
  'tokenizer.ggml.add_space_prefix': z.literal(false).optional(),
});

const sentencePieceSchema = z.object({
  'tokenizer.ggml.scores': z.array(z.number()),
  'tokenizer.ggml.add_space_prefix': z.boolean().default(true),
});

const tokenTypes = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

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
  const values = read(metadataSchema, metadata);
  const tokens = values['tokenizer.ggml.tokens'];
  requireDistinct(tokens);
  const types = values['tokenizer.ggml.token_type'] ?? [];
  const model = readModel(metadata, tokens, types);
  // A text that spells out the unknown token means it, as in llama.cpp.
  const control = [...idsOfType(types, tokenTypes.unknown), ...idsOfType(types, tokenTypes.control)];
  const bos = values['tokenizer.ggml.bos_token_id'];
  const eos = values['tokenizer.ggml.eos_token_id'];
  const endOfAnswer = [
    eos,
    values['tokenizer.ggml.eot_token_id'],
    values['tokenizer.ggml.eom_token_id'],
    ...control.filter((id) => endingTexts.has(tokens[id] ?? '')),
  ];
  const found: TokenizerMetadata = {
    tokens,
    model,
    control,
    userDefined: idsOfType(types, tokenTypes.userDefined),
    bos,
    eos,
    unknown: values['tokenizer.ggml.unknown_token_id'],
    padding: values['tokenizer.ggml.padding_token_id'],
    addBos: (values['tokenizer.ggml.add_bos_token'] ?? addsBos(model)) && bos !== undefined,
    addEos: values['tokenizer.ggml.add_eos_token'],
    endOfAnswer: [...new Set(endOfAnswer)].filter((id) => id !== undefined),
    chatTemplate: values['tokenizer.chat_template'],
  };
  requireKnown(found);
  return found;
}

function read<Schema extends z.ZodType>(schema: Schema, metadata: GgufMetadata): z.output<Schema> {
  const values = schema.safeParse(Object.fromEntries(metadata));
  if (!values.success) throw invalidMetadata(values.error);
  return values.data;
}

function readModel(
  metadata: GgufMetadata,
  tokens: readonly string[],
  types: readonly number[],
): TokenizerMetadata['model'] {
  const model = metadata.get('tokenizer.ggml.model');
  switch (model) {
    case 'gpt2': {
      const values = read(byteLevelSchema, metadata);
      return {
        kind: 'byte-level',
        merges: values['tokenizer.ggml.merges'],
        preTokenizer: preTokenizerOf(values['tokenizer.ggml.pre']),
      };
    }
    case 'llama': {
      const values = read(sentencePieceSchema, metadata);
      requireBytes(tokens, types);
      const mergeable = [...idsOfType(types, tokenTypes.normal), ...idsOfType(types, tokenTypes.unused)];
      return {
        kind: 'sentencepiece',
        merges: sentencePieceMerges(tokens, values['tokenizer.ggml.scores'], mergeable),
        addSpacePrefix: values['tokenizer.ggml.add_space_prefix'],
      };
    }
    default:
      throw new ModelImportError(
        'unsupported-tokenizer',
        `tokenizer.ggml.model is '${String(model)}'; 'gpt2' and 'llama' are imported.`,
      );
  }
}

/** Where the metadata do not say. */
function addsBos(model: TokenizerMetadata['model']): boolean {
  switch (model.kind) {
    case 'byte-level':
      return model.preTokenizer.addBos;
    case 'sentencepiece':
      return true;
  }
}

/** Text that is no token must become something. */
function requireBytes(tokens: readonly string[], types: readonly number[]): void {
  const bytes = new Set(idsOfType(types, tokenTypes.byte).map((id) => tokens[id]));
  for (let byte = 0; byte < 256; byte += 1) {
    const token = `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
    if (bytes.has(token)) continue;
    throw new ModelImportError(
      'unsupported-tokenizer',
      `The vocabulary lacks the byte token ${token}; only 'llama' tokenizers with one for every byte are imported.`,
    );
  }
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
