import { open, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { EncoderManifest } from '../model-folder.ts';
import type { EncoderReferenceModel } from './encoder-reference-model.ts';
import { readEncoderShape } from './encoder-shape.ts';
import { readOnnxTensors, type StoredTensor } from './onnx-tensors.ts';
import { ReferenceUnavailable } from './reference-model.ts';

/** The model of a folder that the importer has made: its weights out of the graph's constants, brought back to their layout. */
export async function openEncoderFolderReference({
  directory,
  manifest,
}: {
  readonly directory: string;
  readonly manifest: EncoderManifest;
}): Promise<EncoderReferenceModel> {
  const shape = await readEncoderShape(directory);
  const stored = readOnnxTensors(await readFile(join(directory, manifest.graphFile)));
  const content = stored.get('words')?.content;
  const listed = manifest.files.map(({ path }) => path);
  if (content === undefined || content instanceof Uint8Array || !listed.includes(content.file)) notImported();
  const file = await open(join(directory, content.file), 'r');
  return {
    shape,
    tensor: async (name, dimensions) => {
      const { constant, part, transposed } = placeOf(name);
      const tensor = stored.get(constant) ?? notImported();
      const whole = await readFloats(file, tensor);
      if (part === undefined && !transposed) return whole;
      const [length = 0, inputs = 1] = dimensions;
      return columns(whole, { width: whole.length / inputs, from: (part ?? 0) * length, length });
    },
    close: () => file.close(),
  };
}

/** Where a tensor is to be found. */
interface Place {
  /** Name of the graph's constant. */
  readonly constant: string;
  /** Which one it is of those that lie side by side; undefined where it is alone. */
  readonly part?: number;
  /** Matrices of the graph are [inputs, outputs]. */
  readonly transposed: boolean;
}

const tables: Readonly<Record<string, string>> = {
  'embeddings.word_embeddings': 'words',
  'embeddings.position_embeddings': 'positions',
  'embeddings.token_type_embeddings': 'types',
};

const norms: Readonly<Record<string, string>> = {
  'embeddings.LayerNorm': 'embedding_norm',
  'attention.output.LayerNorm': 'attention_norm',
  'output.LayerNorm': 'output_norm',
};

const linears: Readonly<Record<string, Omit<Place, 'transposed'>>> = {
  'attention.self.query': { constant: 'qkv', part: 0 },
  'attention.self.key': { constant: 'qkv', part: 1 },
  'attention.self.value': { constant: 'qkv', part: 2 },
  'attention.output.dense': { constant: 'attention' },
  'intermediate.dense': { constant: 'up' },
  'output.dense': { constant: 'down' },
  'pooler.dense': { constant: 'pooler' },
  classifier: { constant: 'classifier' },
};

function placeOf(name: string): Place {
  const [, layer, rest = '', kind] = /^(?:encoder\.layer\.(\d+)\.)?(.+)\.(weight|bias)$/.exec(name) ?? [];
  const prefix = layer === undefined ? '' : `layer.${layer}.`;
  const table = tables[rest];
  if (table !== undefined) return { constant: table, transposed: false };
  const norm = norms[rest];
  if (norm !== undefined) {
    return { constant: `${prefix}${norm}.${kind === 'weight' ? 'gain' : 'offset'}`, transposed: false };
  }
  const linear = linears[rest] ?? notImported();
  return { ...linear, constant: `${prefix}${linear.constant}.${kind}`, transposed: kind === 'weight' };
}

async function readFloats(file: FileHandle, { name, content }: StoredTensor): Promise<Float32Array> {
  if (content instanceof Uint8Array) return notImported();
  const bytes = new Uint8Array(content.byteLength);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, content.offset);
  if (bytesRead < bytes.length) throw new ReferenceUnavailable(`the weights end before ${name}`);
  return new Float32Array(bytes.buffer);
}

/** Some columns of a matrix, each as a row. */
function columns(
  matrix: Float32Array,
  { width, from, length }: { readonly width: number; readonly from: number; readonly length: number },
): Float32Array {
  const rows = matrix.length / width;
  return Float32Array.from({ length: length * rows }, (_, at) => {
    return matrix[(at % rows) * width + from + Math.floor(at / rows)] ?? Number.NaN;
  });
}

function notImported(): never {
  throw new ReferenceUnavailable('its graph is not one of this importer');
}
