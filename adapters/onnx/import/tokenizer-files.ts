import type { ByteLevelModel, SentencePieceModel, TokenizerMetadata } from './tokenizer-metadata.ts';

/** The content of `tokenizer.json`. */
export function tokenizerJson(tokenizer: TokenizerMetadata): object {
  const { tokens, control, userDefined, model } = tokenizer;
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [
      ...control.map((id) => addedToken(id, tokens, true)),
      ...userDefined.map((id) => addedToken(id, tokens, false)),
    ],
    post_processor: postProcessor(tokenizer),
    ...(model.kind === 'byte-level' ? byteLevelParts(model, tokens) : sentencePieceParts(model, tokens)),
  };
}

function byteLevelParts({ merges, preTokenizer }: ByteLevelModel, tokens: readonly string[]): object {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false };
  return {
    normalizer: preTokenizer.composes ? { type: 'NFC' } : null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [...preTokenizer.patterns.map((pattern) => cutAt(pattern)), byteLevel],
    },
    decoder: byteLevel,
    model: {
      ...pairModel(tokens, merges),
      byte_fallback: false,
      ignore_merges: preTokenizer.ignoreMerges,
    },
  };
}

/** The character that stands for a space. */
const spaceMark = '\u2581';

function sentencePieceParts(
  { merges, addSpacePrefix }: SentencePieceModel,
  tokens: readonly string[],
): object {
  return {
    normalizer: {
      type: 'Sequence',
      normalizers: [
        ...(addSpacePrefix ? [{ type: 'Prepend', prepend: spaceMark }] : []),
        { type: 'Replace', pattern: { String: ' ' }, content: spaceMark },
      ],
    },
    pre_tokenizer: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: spaceMark }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(addSpacePrefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
      ],
    },
    model: { ...pairModel(tokens, merges), byte_fallback: true, ignore_merges: false },
  };
}

function pairModel(tokens: readonly string[], merges: readonly unknown[]): object {
  return {
    type: 'BPE',
    dropout: null,
    // A byte without a token is left out, as llama.cpp does: the usual stand-in is a control token, and would end the text.
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    merges,
  };
}

function addedToken(id: number, tokens: readonly string[], special: boolean): object {
  return {
    id,
    content: tokens[id],
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special,
  };
}

function cutAt(pattern: string): object {
  return { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false };
}

function postProcessor({ tokens, addBos, addEos, bos, eos }: TokenizerMetadata): object | null {
  const before = addBos && bos !== undefined ? [bos] : [];
  const after = addEos ? [eos] : [];
  if (before.length + after.length === 0) return null;
  const specialToken = (id: number): object => ({ SpecialToken: { id: tokens[id], type_id: 0 } });
  const around = (name: string): object[] => [
    ...before.map(specialToken),
    { Sequence: { id: name, type_id: 0 } },
    ...after.map(specialToken),
  ];
  return {
    type: 'TemplateProcessing',
    single: around('A'),
    pair: [...around('A'), ...around('B')],
    special_tokens: Object.fromEntries(
      [...before, ...after].map((id) => [tokens[id], { id: tokens[id], ids: [id], tokens: [tokens[id]] }]),
    ),
  };
}

/** The content of `tokenizer_config.json`. */
export function tokenizerConfigJson(tokenizer: TokenizerMetadata, contextTokens: number): object {
  const text = (id: number | undefined): string | undefined =>
    id === undefined ? undefined : tokenizer.tokens[id];
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    model_max_length: contextTokens,
    clean_up_tokenization_spaces: false,
    bos_token: text(tokenizer.bos),
    eos_token: text(tokenizer.eos),
    unk_token: text(tokenizer.unknown),
    pad_token: text(tokenizer.padding ?? tokenizer.eos),
    chat_template: tokenizer.chatTemplate,
  };
}
