import { open, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ModelManifest } from '../model-folder.ts';
import { readOnnxTensors, type StoredTensor } from './onnx-tensors.ts';
import {
  ReferenceUnavailable,
  type ReferenceFamily,
  type ReferenceModel,
  type ReferenceShape,
  type ReferenceTensor,
} from './reference-model.ts';

/**
 * The model of a folder that the importer has made: its rounded weights as floats, and its shape from `config.json`. Against it only
 * the graph's arithmetic shows, not what rounding the weights has cost.
 */
export async function openFolderReference({
  directory,
  manifest,
}: {
  readonly directory: string;
  readonly manifest: ModelManifest;
}): Promise<ReferenceModel> {
  const stored = readOnnxTensors(await readFile(join(directory, manifest.graphFile)));
  const config = await readConfig(directory);
  const weightsFile = weightsFileOf(
    stored,
    manifest.files.map(({ path }) => path),
  );
  const shape = shapeOf(config, { vectors: (name) => vectorOf(stored, name) });
  const file = await open(join(directory, weightsFile), 'r');
  return {
    shape,
    tensor: (name) => findTensor(name, { stored, file, shape, feedForwardWidth: config.intermediate_size }),
    close: () => file.close(),
  };
}

const families: Readonly<Record<string, ReferenceFamily>> = {
  llama: 'llama',
  qwen2: 'qwen2',
  qwen3: 'qwen3',
  gemma: 'gemma',
  gemma2: 'gemma2',
  gemma3_text: 'gemma3',
};

const count = z.int().positive();
const configSchema = z.object({
  model_type: z.string(),
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count,
  head_dim: count,
  rms_norm_eps: z.number().positive(),
  attn_logit_softcapping: z.number().positive().nullish(),
  final_logit_softcapping: z.number().positive().nullish(),
  sliding_window: count.optional(),
  layer_types: z.array(z.enum(['sliding_attention', 'full_attention'])).optional(),
});
type Config = z.infer<typeof configSchema>;

async function readConfig(directory: string): Promise<Config> {
  const config = configSchema.safeParse(JSON.parse(await readFile(join(directory, 'config.json'), 'utf8')));
  if (!config.success) throw new ReferenceUnavailable('config.json is not one of an imported decoder');
  return config.data;
}

/** All matrices lie in one file. */
function weightsFileOf(stored: ReadonlyMap<string, StoredTensor>, listed: readonly string[]): string {
  const content = stored.get('embedding.bytes')?.content;
  if (content === undefined || content instanceof Uint8Array || !listed.includes(content.file)) {
    throw new ReferenceUnavailable('its graph is not one of this importer');
  }
  return content.file;
}

function shapeOf(
  config: Config,
  { vectors }: { readonly vectors: (name: string) => Float64Array | undefined },
): ReferenceShape {
  const family = families[config.model_type];
  if (family === undefined) throw new ReferenceUnavailable('there is no reference for its architecture');
  const all = { windowTokens: Infinity, frequencies: vectors('rotary_frequencies') ?? notImported() };
  const nearFrequencies = vectors('window_rotary_frequencies');
  const near = {
    windowTokens: config.sliding_window ?? Infinity,
    frequencies: nearFrequencies ?? all.frequencies,
  };
  return {
    family,
    layers: config.num_hidden_layers,
    width: config.hidden_size,
    queryHeads: config.num_attention_heads,
    keyValueHeads: config.num_key_value_heads,
    headSize: config.head_dim,
    epsilon: config.rms_norm_eps,
    // The importer has put the scale into what makes the queries.
    attentionScale: 1,
    attentionCap: config.attn_logit_softcapping ?? 0,
    logitCap: config.final_logit_softcapping ?? 0,
    layer: (index) => (config.layer_types?.[index] === 'sliding_attention' ? near : all),
  };
}

/** Frequencies are doubles in the graph itself. */
function vectorOf(stored: ReadonlyMap<string, StoredTensor>, name: string): Float64Array | undefined {
  const content = stored.get(name)?.content;
  return content instanceof Uint8Array ? new Float64Array(Uint8Array.from(content).buffer) : undefined;
}

interface FolderWeights {
  readonly stored: ReadonlyMap<string, StoredTensor>;
  readonly file: FileHandle;
  readonly shape: ReferenceShape;
  readonly feedForwardWidth: number;
}

/** Where a tensor of GGUF is to be found: some rows of a constant of the graph. */
interface Place {
  readonly constant: string;
  /** Undefined is all rows. */
  readonly rows?: { readonly first: number; readonly count: number };
}

function findTensor(name: string, weights: FolderWeights): ReferenceTensor | undefined {
  const place = placeOf(name, weights);
  if (place === undefined) return undefined;
  const { stored, file } = weights;
  const bytes = stored.get(`${place.constant}.bytes`);
  const scales = stored.get(`${place.constant}.scales`);
  if (bytes !== undefined && scales !== undefined)
    return matrixTensor(file, { bytes, scales, rows: place.rows });
  const vector = stored.get(place.constant);
  return vector && vectorTensor(vector, place.rows);
}

function placeOf(name: string, { shape, feedForwardWidth }: FolderWeights): Place | undefined {
  const outside: Readonly<Record<string, Place>> = {
    'token_embd.weight': { constant: 'embedding' },
    'output.weight': { constant: 'head' },
    'output_norm.weight': { constant: 'output_norm' },
  };
  const [, layer, part = ''] = /^blk\.(\d+)\.(.+)$/.exec(name) ?? [];
  if (layer === undefined) return outside[name];
  const { queryHeads, keyValueHeads, headSize } = shape;
  const queries = { first: 0, count: queryHeads * headSize };
  const keys = { first: queries.count, count: keyValueHeads * headSize };
  const values = { first: keys.first + keys.count, count: keys.count };
  const inLayer: Readonly<Record<string, Place>> = {
    'attn_norm.weight': { constant: 'attention_norm' },
    'attn_q.weight': { constant: 'query_key_value', rows: queries },
    'attn_k.weight': { constant: 'query_key_value', rows: keys },
    'attn_v.weight': { constant: 'query_key_value', rows: values },
    'attn_q.bias': { constant: 'query_key_value_bias', rows: queries },
    'attn_k.bias': { constant: 'query_key_value_bias', rows: keys },
    'attn_v.bias': { constant: 'query_key_value_bias', rows: values },
    'attn_q_norm.weight': { constant: 'head_gains', rows: { first: 0, count: headSize } },
    'attn_k_norm.weight': { constant: 'head_gains', rows: { first: queries.count, count: headSize } },
    'attn_output.weight': { constant: 'attention_output' },
    'post_attention_norm.weight': { constant: 'attention_post_norm' },
    'ffn_norm.weight': { constant: 'feed_forward_norm' },
    'ffn_gate.weight': { constant: 'gate_up', rows: { first: 0, count: feedForwardWidth } },
    'ffn_up.weight': { constant: 'gate_up', rows: { first: feedForwardWidth, count: feedForwardWidth } },
    'ffn_down.weight': { constant: 'down' },
    'post_ffw_norm.weight': { constant: 'feed_forward_post_norm' },
  };
  const place = inLayer[part];
  return place && { ...place, constant: `layer.${layer}.${place.constant}` };
}

function vectorTensor({ content }: StoredTensor, part: Place['rows']): ReferenceTensor {
  if (!(content instanceof Uint8Array)) return notImported();
  const whole = new Float32Array(Uint8Array.from(content).buffer);
  const { first, count: length } = part ?? { first: 0, count: whole.length };
  const values = whole.subarray(first, first + length);
  return {
    rows: 1,
    columns: length,
    async *pieces() {
      yield await Promise.resolve(values);
    },
  };
}

/** Weights decoded at once. */
const weightsPerPiece = 2 ** 20;
/** The byte that stands for no weight: the importer's matrices are symmetric around it. */
const zeroByte = 128;

function matrixTensor(
  file: FileHandle,
  {
    bytes,
    scales,
    rows: part,
  }: { readonly bytes: StoredTensor; readonly scales: StoredTensor; readonly rows: Place['rows'] },
): ReferenceTensor {
  const [allRows = 0, blocks = 0, blockSize = 0] = bytes.dimensions;
  const { first, count: rows } = part ?? { first: 0, count: allRows };
  const columns = blocks * blockSize;
  const rowsPerPiece = Math.max(1, Math.floor(weightsPerPiece / columns));
  return {
    rows,
    columns,
    async *pieces() {
      for (let row = 0; row < rows; row += rowsPerPiece) {
        const here = Math.min(rowsPerPiece, rows - row);
        const range = { firstRow: first + row, rows: here };
        const steps = await readRange(file, bytes, { ...range, rowBytes: columns });
        const factors = await readRange(file, scales, { ...range, rowBytes: 4 * blocks });
        const scale = new Float32Array(factors.buffer);
        const weights = new Float32Array(steps.length);
        for (const [at, step] of steps.entries()) {
          weights[at] = (step - zeroByte) * (scale[Math.floor(at / blockSize)] ?? NaN);
        }
        yield weights;
      }
    },
  };
}

async function readRange(
  file: FileHandle,
  { name, content }: StoredTensor,
  {
    firstRow,
    rows,
    rowBytes,
  }: { readonly firstRow: number; readonly rows: number; readonly rowBytes: number },
): Promise<Uint8Array<ArrayBuffer>> {
  if (content instanceof Uint8Array) return notImported();
  const target = new Uint8Array(rows * rowBytes);
  const { bytesRead } = await file.read(target, 0, target.length, content.offset + firstRow * rowBytes);
  if (bytesRead < target.length) throw new ReferenceUnavailable(`the weights end before ${name}`);
  return target;
}

function notImported(): never {
  throw new ReferenceUnavailable('its graph is not one of this importer');
}
