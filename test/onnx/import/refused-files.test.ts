import { readdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ModelImportError, type ModelImportErrorCode } from '../../../adapters/onnx/import/index.ts';
import {
  ggufBytes,
  uint32,
  uint64,
  type GgufContent,
  type GgufEntry,
  type GgufTensorContent,
} from '../../support/gguf-bytes.ts';
import { tinyGguf, tinyTokens } from '../../support/tiny-gguf.ts';
import { importScene } from './tiny-folder.ts';

const whole = ggufBytes(tinyGguf());

async function refusal(content: GgufContent | Uint8Array): Promise<ModelImportError> {
  const scene = await importScene(content);
  const error: unknown = await scene.run().catch((reason: unknown) => reason);
  expect(await readdir(dirname(scene.file)), 'what is left beside the file').toEqual(['tiny.gguf']);
  if (error instanceof ModelImportError) return error;
  throw new Error('the import did not fail with a ModelImportError', { cause: error });
}

interface Case {
  readonly what: string;
  readonly content: () => GgufContent | Uint8Array;
  readonly code: ModelImportErrorCode;
  readonly says: string;
}

function withMetadata(metadata: Readonly<Record<string, GgufEntry | undefined>>): () => GgufContent {
  return () => tinyGguf({ metadata });
}

const text = (value: string): GgufEntry => ({ type: 'string', value });
const count = (value: number): GgufEntry => ({ type: 'uint32', value });

function withBytes(place: number, bytes: Buffer): Buffer {
  const changed = Buffer.from(whole);
  bytes.copy(changed, place);
  return changed;
}

function named(name: string, tensor: GgufTensorContent | undefined): GgufTensorContent {
  return { ...(tensor ?? expect.fail('the tiny model has no tensors')), name };
}

function withType(typeNumber: number): () => GgufContent {
  return withTensors(([first, second, ...rest]) => [
    named('token_embd.weight', first),
    { ...named('blk.0.attn_norm.weight', second), typeNumber },
    ...rest,
  ]);
}

function withTensors(change: (tensors: GgufContent['tensors']) => GgufContent['tensors']): () => GgufContent {
  return () => {
    const content = tinyGguf();
    return { ...content, tensors: change(content.tensors) };
  };
}

/** An array (9) of three booleans (7). */
const threeFlags = Buffer.concat([uint32(9), uint32(7), uint64(3), Buffer.of(1, 1, 0)]);

const cases: readonly Case[] = [
  { what: 'an empty file', content: () => new Uint8Array(), code: 'truncated', says: 'after 0 bytes' },
  {
    what: 'a file of another kind',
    content: () => withBytes(0, Buffer.from('RIFF')),
    code: 'not-gguf',
    says: 'GGUF',
  },
  {
    what: 'a version to come',
    content: () => withBytes(4, uint32(4)),
    code: 'unsupported-version',
    says: 'version 4',
  },
  {
    what: 'a big-endian file',
    content: () => withBytes(4, Buffer.of(0, 0, 0, 3)),
    code: 'unsupported-version',
    says: 'big-endian',
  },
  {
    what: 'an impossible number of tensors',
    content: () => withBytes(8, uint64(2n ** 60n)),
    code: 'invalid-metadata',
    says: 'tensors',
  },
  {
    what: 'an impossible number of entries',
    content: () => withBytes(16, uint64(2n ** 60n)),
    code: 'invalid-metadata',
    says: 'metadata entries',
  },
  {
    what: 'a file cut in its header',
    content: () => whole.subarray(0, 1000),
    code: 'truncated',
    says: '1000 bytes',
  },
  {
    what: 'a file cut in its weights',
    content: () => whole.subarray(0, -100),
    code: 'truncated',
    says: 'output_norm.weight',
  },
  {
    what: 'another architecture',
    content: withMetadata({ 'general.architecture': text('mamba') }),
    code: 'unsupported-architecture',
    says: "'mamba'",
  },
  {
    what: 'no architecture',
    content: withMetadata({ 'general.architecture': undefined }),
    code: 'unsupported-architecture',
    says: 'not named',
  },
  {
    what: 'experts',
    content: withMetadata({ 'llama.expert_count': count(8) }),
    code: 'unsupported-feature',
    says: 'llama.expert_count is 8',
  },
  {
    what: 'another rope scaling',
    content: withMetadata({ 'llama.rope.scaling.type': text('yarn') }),
    code: 'unsupported-feature',
    says: "'yarn'",
  },
  {
    what: 'a file in pieces',
    content: withMetadata({ 'split.count': count(3) }),
    code: 'unsupported-feature',
    says: 'split.count is 3',
  },
  {
    what: 'no layer count',
    content: withMetadata({ 'llama.block_count': undefined }),
    code: 'invalid-metadata',
    says: 'llama.block_count',
  },
  {
    what: 'more layers than tensors',
    content: withMetadata({ 'llama.block_count': count(1e9) }),
    code: 'missing-tensor',
    says: 'llama.block_count is 1000000000',
  },
  {
    what: 'another tokenizer',
    content: withMetadata({ 'tokenizer.ggml.model': text('bert') }),
    code: 'unsupported-tokenizer',
    says: "'bert'",
  },
  {
    what: 'a SentencePiece tokenizer without the tokens of bytes',
    content: withMetadata({
      'tokenizer.ggml.model': text('llama'),
      'tokenizer.ggml.scores': { type: 'float32s', value: tinyTokens.map(() => 0) },
    }),
    code: 'unsupported-tokenizer',
    says: '<0x00>',
  },
  {
    what: 'a softcap where the architecture has none',
    content: withMetadata({ 'llama.attn_logit_softcapping': { type: 'float32', value: 50 } }),
    code: 'unsupported-feature',
    says: 'llama.attn_logit_softcapping is 50',
  },
  {
    what: 'a window pattern of another length',
    content: () =>
      tinyGguf({
        architecture: 'gemma3',
        metadata: { 'gemma3.attention.sliding_window_pattern': { type: 'raw', value: threeFlags } },
      }),
    code: 'invalid-metadata',
    says: 'speaks of 3 layers',
  },
  {
    what: 'a stretched rotary embedding in another architecture',
    content: () => tinyGguf({ architecture: 'qwen2', metadata: { 'qwen2.rope.scaling.type': text('yarn') } }),
    code: 'unsupported-feature',
    says: "qwen2.rope.scaling.type is 'yarn'",
  },
  {
    what: 'another pre-tokenizer',
    content: withMetadata({ 'tokenizer.ggml.pre': text('viking') }),
    code: 'unsupported-tokenizer',
    says: "'viking'",
  },
  {
    what: 'an end token beyond the vocabulary',
    content: withMetadata({ 'tokenizer.ggml.eos_token_id': count(9999) }),
    code: 'invalid-metadata',
    says: '9999',
  },
  {
    what: 'a token twice',
    content: withMetadata({ 'tokenizer.ggml.tokens': { type: 'strings', value: tinyTokens.with(9, '$') } }),
    code: 'invalid-metadata',
    says: '"$"',
  },
  {
    what: 'a tensor type that is not read',
    content: withType(10),
    code: 'unsupported-tensor-type',
    says: 'Q2_K',
  },
  {
    what: 'a tensor type nobody knows',
    content: withType(99),
    code: 'unsupported-tensor-type',
    says: 'number 99',
  },
  {
    what: 'a missing tensor',
    content: withTensors((all) => all.filter(({ name }) => name !== 'blk.1.attn_k.weight')),
    code: 'missing-tensor',
    says: 'blk.1.attn_k.weight',
  },
  {
    what: 'a tensor without a place',
    content: withTensors((all) => [...all, named('blk.0.attn_q.bias', all.at(-1))]),
    code: 'unexpected-tensor',
    says: 'blk.0.attn_q.bias',
  },
  {
    what: 'a tensor twice',
    content: withTensors((all) => [...all, ...all.slice(0, 1)]),
    code: 'invalid-tensor',
    says: 'token_embd.weight is in the file twice',
  },
  {
    what: 'a tensor of another shape',
    content: withMetadata({ 'llama.feed_forward_length': count(96) }),
    code: 'invalid-tensor',
    says: 'blk.0.ffn_gate.weight',
  },
];

describe('a file that cannot be imported is refused by name, and leaves nothing', () => {
  test.each(cases)('$what', async ({ content, code, says }) => {
    const error = await refusal(content());
    expect(error.code).toBe(code);
    expect(error.message).toContain(says);
    expect(error.message).not.toContain('\n');
  });
});

test('every cut of the file is refused', async () => {
  const scene = await importScene(new Uint8Array());
  for (let part = 0; part < 40; part += 1) {
    await writeFile(scene.file, whole.subarray(0, Math.floor((whole.length * part) / 40)));
    await expect(scene.run()).rejects.toMatchObject({ code: 'truncated' });
  }
  expect(await readdir(dirname(scene.file))).toEqual(['tiny.gguf']);
});
