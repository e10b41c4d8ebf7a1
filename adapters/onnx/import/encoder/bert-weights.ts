import type { HashedFile } from '../hashed-file.ts';
import type { BertConfig } from './bert-config.ts';
import type { BertLayer, BertWeights, StoredLinear, StoredNorm, StoredTensor } from './bert-graph.ts';
import type { Safetensors } from './safetensors.ts';

import { ModelImportError } from '../model-import-error.ts';

export interface BertStreams {
  readonly source: Safetensors;
  readonly target: HashedFile;
  readonly signal: AbortSignal | undefined;
  /** Bytes of the file read since the last call. */
  readonly onBytes: (bytes: number) => void;
}

/** Tensors that serve training or a head that is not asked for. */
const unused = /(^|\.)(embeddings\.position_ids|pooler\.dense\.(weight|bias)|cls\.[\w.]+)$/;

/** Writes the tensors in the order in which the graph meets them. `labels` is the number of outputs of a classifier. */
export async function writeBertWeights(
  config: BertConfig,
  streams: BertStreams,
  labels: number | undefined,
): Promise<BertWeights> {
  const writer = createWriter(streams);
  const { hidden_size: width } = config;
  const weights: BertWeights = {
    words: await writer.table('embeddings.word_embeddings', [config.vocab_size, width]),
    positions: await writer.table('embeddings.position_embeddings', [config.max_position_embeddings, width]),
    types: await writer.table('embeddings.token_type_embeddings', [config.type_vocab_size, width]),
    embeddingNorm: await writer.norm('embeddings.LayerNorm', width),
    layers: await writeLayers(config, writer),
    head: labels === undefined ? undefined : await writeHead(writer, width, labels),
  };
  const unknown = streams.source.names.find((name) => !writer.read.has(name) && !unused.test(name));
  if (unknown === undefined) return weights;
  throw new ModelImportError(
    'unexpected-tensor',
    `The file holds ${unknown}, whose meaning is not known; without it the model would be another one.`,
  );
}

async function writeLayers(config: BertConfig, writer: Writer): Promise<readonly BertLayer[]> {
  const { hidden_size: width, intermediate_size: wide } = config;
  const layers: BertLayer[] = [];
  for (let index = 0; index < config.num_hidden_layers; index += 1) {
    const name = `encoder.layer.${index}`;
    layers.push({
      queryKeyValue: await writer.linear(
        ['query', 'key', 'value'].map((part) => `${name}.attention.self.${part}`),
        [width, width],
      ),
      attentionOutput: await writer.linear([`${name}.attention.output.dense`], [width, width]),
      attentionNorm: await writer.norm(`${name}.attention.output.LayerNorm`, width),
      up: await writer.linear([`${name}.intermediate.dense`], [wide, width]),
      down: await writer.linear([`${name}.output.dense`], [width, wide]),
      outputNorm: await writer.norm(`${name}.output.LayerNorm`, width),
    });
  }
  return layers;
}

async function writeHead(writer: Writer, width: number, labels: number): Promise<BertWeights['head']> {
  return {
    pooler: await writer.linear(['pooler.dense'], [width, width]),
    classifier: await writer.linear(['classifier'], [labels, width]),
  };
}

interface Writer {
  /** Names in the file of everything read so far. */
  readonly read: ReadonlySet<string>;
  table(name: string, dimensions: readonly [number, number]): Promise<StoredTensor>;
  norm(name: string, width: number): Promise<StoredNorm>;
  /** Layers over the same input, side by side; [outputs, inputs] of each. */
  linear(names: readonly string[], dimensions: readonly [number, number]): Promise<StoredLinear>;
}

function createWriter({ source, target, signal, onBytes }: BertStreams): Writer {
  const read = new Set<string>();
  // A model with a head keeps the encoder under a name of its own.
  const prefix = source.names.some((name) => name.startsWith('bert.')) ? 'bert.' : '';

  async function load(name: string, dimensions: readonly number[]): Promise<Float32Array> {
    signal?.throwIfAborted();
    const inFile = name.startsWith('classifier') ? name : `${prefix}${name}`;
    const values = await source.read(inFile, dimensions);
    read.add(inFile);
    onBytes(values.byteLength);
    return values;
  }

  async function store(values: Float32Array, dimensions: readonly number[]): Promise<StoredTensor> {
    await target.align(pageBytes);
    const offset = target.position();
    await target.write(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return { dimensions, range: { file: target.path, offset, byteLength: values.byteLength } };
  }

  return {
    read,
    table: async (name, dimensions) => store(await load(`${name}.weight`, dimensions), dimensions),
    norm: async (name, width) => ({
      gain: await store(await load(`${name}.weight`, [width]), [width]),
      offset: await store(await load(`${name}.bias`, [width]), [width]),
    }),
    async linear(names, [outputs, inputs]) {
      const width = names.length * outputs;
      const weight = new Float32Array(inputs * width);
      const bias = new Float32Array(width);
      for (const [index, name] of names.entries()) {
        const column = index * outputs;
        const rows = await load(`${name}.weight`, [outputs, inputs]);
        transposeInto(weight, rows, { outputs, inputs, width, column });
        bias.set(await load(`${name}.bias`, [outputs]), column);
      }
      return { weight: await store(weight, [inputs, width]), bias: await store(bias, [width]) };
    },
  };
}

/** Weights files are mapped into memory, which wants whole pages. */
const pageBytes = 4096;

interface Placement {
  readonly outputs: number;
  readonly inputs: number;
  /** Columns of the whole matrix, and the first one of this part. */
  readonly width: number;
  readonly column: number;
}

/** PyTorch keeps [outputs, inputs]; the graph multiplies from the other side. */
function transposeInto(
  target: Float32Array,
  rows: Float32Array,
  { outputs, inputs, width, column }: Placement,
): void {
  for (let output = 0; output < outputs; output += 1) {
    for (let input = 0; input < inputs; input += 1) {
      target[input * width + column + output] = rows[output * inputs + input] ?? 0;
    }
  }
}
