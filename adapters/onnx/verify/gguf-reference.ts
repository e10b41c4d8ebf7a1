import { open, type FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import { readGgufHeader, type GgufTensor } from '../import/gguf-header.ts';
import type { GgufMetadata } from '../import/gguf-metadata.ts';
import { readRows } from '../import/tensor-reader.ts';
import {
  referenceFamilies,
  ReferenceUnavailable,
  type LayerShape,
  type ReferenceModel,
  type ReferenceShape,
} from './reference-model.ts';

/** The model of a GGUF file, its weights as they are stored there. Throws `ModelImportError` for a file that is none. */
export async function openGgufReference(path: string): Promise<ReferenceModel> {
  const file = await open(path, 'r');
  try {
    const { metadata, tensors } = await readGgufHeader(file);
    const factors = tensors.get('rope_freqs.weight');
    const ropeFactors = factors && (await readAll(file, factors));
    return {
      shape: shapeOf(metadata, ropeFactors),
      tensor: (name) => {
        const tensor = tensors.get(name);
        return tensor && referenceTensor(file, tensor);
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function referenceTensor(file: FileHandle, tensor: GgufTensor): ReturnType<ReferenceModel['tensor']> {
  const [columns = 0, rows = 1] = tensor.dimensions;
  const options = { signal: undefined, onBytes: () => undefined };
  return { rows, columns, pieces: () => readRows(file, tensor, options) };
}

async function readAll(file: FileHandle, tensor: GgufTensor): Promise<Float64Array> {
  const values: number[] = [];
  for await (const piece of readRows(file, tensor, { signal: undefined, onBytes: () => undefined })) {
    values.push(...piece);
  }
  return Float64Array.from(values);
}

/** Of every kind of value only numbers matter here. */
const numbersSchema = z.record(z.string(), z.number());

function shapeOf(metadata: GgufMetadata, ropeFactors: Float64Array | undefined): ReferenceShape {
  const family = z.enum(referenceFamilies).safeParse(metadata.get('general.architecture'));
  if (!family.success) throw new ReferenceUnavailable('there is no reference for its architecture');
  const numbers = numbersSchema.parse(
    Object.fromEntries(metadata.entries().filter(([, value]) => typeof value === 'number')),
  );
  const number = (key: string, otherwise?: number): number => {
    const value = numbers[`${family.data}.${key}`] ?? otherwise;
    if (value === undefined) throw new ReferenceUnavailable(`its metadata lack ${family.data}.${key}`);
    return value;
  };
  const width = number('embedding_length');
  const queryHeads = number('attention.head_count');
  const headSize = number('attention.key_length', width / queryHeads);
  const gemma2 = family.data === 'gemma2';
  const layers = number('block_count');
  // Of gemma's largest sizes, known by their layers.
  const scaledByWidth = (gemma2 && layers === 46) || (family.data === 'gemma3' && layers === 62);
  return {
    family: family.data,
    layers,
    width,
    queryHeads,
    keyValueHeads: number('attention.head_count_kv', queryHeads),
    headSize,
    epsilon: number('attention.layer_norm_rms_epsilon'),
    attentionScale: number('attention.scale', 0) || (scaledByWidth ? width / queryHeads : headSize) ** -0.5,
    attentionCap: number('attn_logit_softcapping', gemma2 ? 50 : 0),
    logitCap: number('final_logit_softcapping', gemma2 ? 30 : 0),
    layer: layerShapes({ number, family: family.data, headSize, ropeFactors }),
  };
}

interface LayerShapeInputs {
  readonly number: (key: string, otherwise?: number) => number;
  readonly family: ReferenceShape['family'];
  readonly headSize: number;
  readonly ropeFactors: Float64Array | undefined;
}

function layerShapes({ number, family, headSize, ropeFactors }: LayerShapeInputs): ReferenceShape['layer'] {
  const base = number('rope.freq_base', 10_000);
  const divisor = number('rope.scaling.factor', 1);
  const factors = ropeFactors ?? new Float64Array(headSize / 2).fill(1);
  const frequencies = (ownBase: number, ownDivisor: number): Float64Array =>
    factors.map((factor, pair) => 1 / ownDivisor / factor / ownBase ** ((2 * pair) / headSize));
  const all: LayerShape = { windowTokens: Infinity, frequencies: frequencies(base, divisor) };
  const windowTokens = number('attention.sliding_window', family === 'gemma2' ? 4096 : 0);
  if (windowTokens === 0) return () => all;
  const lastSeesAll = (period: number, near: LayerShape): ReferenceShape['layer'] => {
    return (index) => ((index + 1) % period === 0 ? all : near);
  };
  switch (family) {
    case 'gemma2':
      return lastSeesAll(number('attention.sliding_window_pattern', 2), { ...all, windowTokens });
    case 'gemma3':
      // The layers with a window turn by a base of their own, which no scaling stretches.
      return lastSeesAll(number('attention.sliding_window_pattern', 6), {
        windowTokens,
        frequencies: frequencies(number('rope.freq_base_swa', 10_000), 1),
      });
    case 'llama':
    case 'qwen2':
    case 'qwen3':
    case 'gemma':
      return () => all;
  }
}
