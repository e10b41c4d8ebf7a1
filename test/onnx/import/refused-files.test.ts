import { readdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ModelImportError, type ModelImportErrorCode } from '../../../adapters/onnx/import/index.ts';
import { ggufBytes, uint32, uint64, type GgufContent, type GgufEntry } from '../../support/gguf-bytes.ts';
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

type Case = readonly [
  what: string,
  content: () => GgufContent | Uint8Array,
  code: ModelImportErrorCode,
  says: string,
];

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

function withTensors(change: (tensors: GgufContent['tensors']) => GgufContent['tensors']): () => GgufContent {
  return () => {
    const content = tinyGguf();
    return { ...content, tensors: change(content.tensors) };
  };
}

const cases: readonly Case[] = [
  ['an empty file', () => new Uint8Array(), 'truncated', 'after 0 bytes'],
  ['a file of another kind', () => withBytes(0, Buffer.from('RIFF')), 'not-gguf', 'GGUF'],
  ['a version to come', () => withBytes(4, uint32(4)), 'unsupported-version', 'version 4'],
  ['a big-endian file', () => withBytes(4, Buffer.of(0, 0, 0, 3)), 'unsupported-version', 'big-endian'],
  ['an impossible number of tensors', () => withBytes(8, uint64(2n ** 60n)), 'invalid-metadata', 'tensors'],
  [
    'an impossible number of entries',
    () => withBytes(16, uint64(2n ** 60n)),
    'invalid-metadata',
    'metadata entries',
  ],
  ['a file cut in its header', () => whole.subarray(0, 1000), 'truncated', '1000 bytes'],
  [
    'a file cut in its weights',
    () => whole.subarray(0, whole.length - 100),
    'truncated',
    'output_norm.weight',
  ],
  [
    'another architecture',
    withMetadata({ 'general.architecture': text('mamba') }),
    'unsupported-architecture',
    "'mamba'",
  ],
  [
    'no architecture',
    withMetadata({ 'general.architecture': undefined }),
    'unsupported-architecture',
    'not named',
  ],
  [
    'experts',
    withMetadata({ 'llama.expert_count': count(8) }),
    'unsupported-feature',
    'llama.expert_count is 8',
  ],
  [
    'another rope scaling',
    withMetadata({ 'llama.rope.scaling.type': text('yarn') }),
    'unsupported-feature',
    "'yarn'",
  ],
  ['a file in pieces', withMetadata({ 'split.count': count(3) }), 'unsupported-feature', 'split.count is 3'],
  [
    'no layer count',
    withMetadata({ 'llama.block_count': undefined }),
    'invalid-metadata',
    'llama.block_count',
  ],
  [
    'more layers than tensors',
    withMetadata({ 'llama.block_count': count(1e9) }),
    'missing-tensor',
    'llama.block_count is 1000000000',
  ],
  [
    'another tokenizer',
    withMetadata({ 'tokenizer.ggml.model': text('llama') }),
    'unsupported-tokenizer',
    "'llama'",
  ],
  [
    'another pre-tokenizer',
    withMetadata({ 'tokenizer.ggml.pre': text('viking') }),
    'unsupported-tokenizer',
    "'viking'",
  ],
  [
    'an end token beyond the vocabulary',
    withMetadata({ 'tokenizer.ggml.eos_token_id': count(9999) }),
    'invalid-metadata',
    '9999',
  ],
  [
    'a token twice',
    withMetadata({
      'tokenizer.ggml.tokens': {
        type: 'strings',
        value: tinyTokens.map((token, id) => (id === 9 ? '$' : token)),
      },
    }),
    'invalid-metadata',
    '"$"',
  ],
  [
    'a tensor type that is not read',
    withTensors((all) => all.map((one, at) => (at === 1 ? { ...one, typeNumber: 10 } : one))),
    'unsupported-tensor-type',
    'Q2_K',
  ],
  [
    'a tensor type nobody knows',
    withTensors((all) => all.map((one, at) => (at === 1 ? { ...one, typeNumber: 99 } : one))),
    'unsupported-tensor-type',
    'number 99',
  ],
  [
    'a missing tensor',
    withTensors((all) => all.filter(({ name }) => name !== 'blk.1.attn_k.weight')),
    'missing-tensor',
    'blk.1.attn_k.weight',
  ],
  [
    'a tensor without a place',
    withTensors((all) =>
      all.map((one) => one).concat(all.slice(-1).map((one) => ({ ...one, name: 'blk.0.attn_q.bias' }))),
    ),
    'unexpected-tensor',
    'blk.0.attn_q.bias',
  ],
  [
    'a tensor twice',
    withTensors((all) => [...all, ...all.slice(0, 1)]),
    'invalid-tensor',
    'token_embd.weight is in the file twice',
  ],
  [
    'a tensor of another shape',
    withMetadata({ 'llama.feed_forward_length': count(96) }),
    'invalid-tensor',
    'blk.0.ffn_gate.weight',
  ],
];

describe('a file that cannot be imported is refused by name, and leaves nothing', () => {
  test.each(cases)('%s', async (_what, content, code, says) => {
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
