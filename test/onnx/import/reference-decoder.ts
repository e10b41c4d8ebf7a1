import { tensorTypeOf } from '../../../adapters/onnx/import/tensor-types.ts';
import type { GgufContent, GgufEntry } from '../../support/gguf-bytes.ts';

/**
 * A llama decoder in plain loops and double precision, after the model's published equations. It knows GGUF tensors and nothing
 * of graphs, caches or int8, so that what the importer makes can be compared with it.
 */
export interface ReferenceDecoder {
  /** Of the last token. */
  logits(tokens: readonly number[]): Float64Array;
}

type Vector = Float64Array;
/** Rows are outputs. */
type Matrix = readonly Vector[];

export function createReferenceDecoder(content: GgufContent): ReferenceDecoder {
  const number = (key: string): number => numberOf(content.metadata[key]);
  const shape = {
    layers: number('llama.block_count'),
    queryHeads: number('llama.attention.head_count'),
    keyValueHeads: number('llama.attention.head_count_kv'),
    headSize: number('llama.rope.dimension_count'),
    epsilon: number('llama.attention.layer_norm_rms_epsilon'),
    ropeBase: number('llama.rope.freq_base'),
    ropeDivisor: numberOf(content.metadata['llama.rope.scaling.factor'], 1),
    ropeFactors: vectorNamed(content, 'rope_freqs.weight'),
  };
  const matrix = (name: string): Matrix => matrixNamed(content, name) ?? missing(name);
  const vector = (name: string): Vector => vectorNamed(content, name) ?? missing(name);
  const embedding = matrix('token_embd.weight');
  const head = matrixNamed(content, 'output.weight') ?? embedding;

  return {
    logits(tokens) {
      let states: Vector[] = tokens.map((token) =>
        Float64Array.from(embedding[token] ?? missing(`token ${token}`)),
      );
      for (let layer = 0; layer < shape.layers; layer += 1) {
        const own = (part: string): string => `blk.${layer}.${part}.weight`;
        const normed = states.map((state) => norm(state, vector(own('attn_norm')), shape.epsilon));
        const attended = attention(normed, shape, {
          query: matrix(own('attn_q')),
          key: matrix(own('attn_k')),
          value: matrix(own('attn_v')),
        });
        states = states.map((state, token) =>
          sum(state, times(matrix(own('attn_output')), attended[token] ?? missing('a token'))),
        );
        states = states.map((state) => {
          const input = norm(state, vector(own('ffn_norm')), shape.epsilon);
          const up = times(matrix(own('ffn_up')), input);
          const gated = times(matrix(own('ffn_gate')), input).map(
            (gate, index) => (gate / (1 + Math.exp(-gate))) * (up[index] ?? NaN),
          );
          return sum(state, times(matrix(own('ffn_down')), gated));
        });
      }
      return times(
        head,
        norm(states.at(-1) ?? missing('a token'), vector('output_norm.weight'), shape.epsilon),
      );
    },
  };
}

interface AttentionShape {
  readonly queryHeads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly ropeBase: number;
  readonly ropeDivisor: number;
  readonly ropeFactors: Vector | undefined;
}

function attention(
  inputs: readonly Vector[],
  shape: AttentionShape,
  { query, key, value }: Readonly<Record<'query' | 'key' | 'value', Matrix>>,
): Vector[] {
  const { queryHeads, keyValueHeads, headSize } = shape;
  const queries = inputs.map((input, position) => rotated(times(query, input), position, shape));
  const keys = inputs.map((input, position) => rotated(times(key, input), position, shape));
  const values = inputs.map((input) => times(value, input));
  return queries.map((asking, position) => {
    const mixed = new Float64Array(queryHeads * headSize);
    for (let head = 0; head < queryHeads; head += 1) {
      const shared = Math.floor((head * keyValueHeads) / queryHeads) * headSize;
      const own = asking.subarray(head * headSize, (head + 1) * headSize);
      const seen = keys.slice(0, position + 1);
      const scores = seen.map(
        (other) => dot(own, other.subarray(shared, shared + headSize)) / Math.sqrt(headSize),
      );
      const weights = softmax(scores);
      for (const [token, weight] of weights.entries()) {
        for (let at = 0; at < headSize; at += 1) {
          mixed[head * headSize + at] =
            (mixed[head * headSize + at] ?? NaN) + weight * (values[token]?.[shared + at] ?? NaN);
        }
      }
    }
    return mixed;
  });
}

/** Turns each pair of neighbours by its angle: the order in which GGUF keeps llama's rows. */
function rotated(vector: Vector, position: number, shape: AttentionShape): Vector {
  const { headSize, ropeBase, ropeDivisor, ropeFactors } = shape;
  const turned = new Float64Array(vector.length);
  for (let at = 0; at < vector.length; at += 2) {
    const pair = (at % headSize) / 2;
    const angle = position / ropeDivisor / (ropeFactors?.[pair] ?? 1) / ropeBase ** ((2 * pair) / headSize);
    const [even = NaN, odd = NaN] = vector.subarray(at, at + 2);
    turned[at] = even * Math.cos(angle) - odd * Math.sin(angle);
    turned[at + 1] = even * Math.sin(angle) + odd * Math.cos(angle);
  }
  return turned;
}

function norm(vector: Vector, gains: Vector, epsilon: number): Vector {
  const scale = 1 / Math.sqrt(dot(vector, vector) / vector.length + epsilon);
  return vector.map((value, index) => value * scale * (gains[index] ?? NaN));
}

function times(matrix: Matrix, vector: Vector): Vector {
  return Float64Array.from(matrix, (row) => dot(row, vector));
}

function sum(left: Vector, right: Vector): Vector {
  return left.map((value, index) => value + (right[index] ?? NaN));
}

function dot(left: Vector, right: Vector): number {
  return left.reduce((total, value, index) => total + value * (right[index] ?? NaN), 0);
}

function softmax(scores: readonly number[]): number[] {
  const weights = scores.map((score) => Math.exp(score - Math.max(...scores)));
  const total = weights.reduce((before, weight) => before + weight, 0);
  return weights.map((weight) => weight / total);
}

function matrixNamed(content: GgufContent, name: string): Matrix | undefined {
  const columns = content.tensors.find((tensor) => tensor.name === name)?.dimensions[0] ?? 0;
  const weights = vectorNamed(content, name);
  return (
    weights &&
    Array.from({ length: weights.length / columns }, (_, row) =>
      weights.subarray(row * columns, (row + 1) * columns),
    )
  );
}

/** The readers of the blocks are the importer's own; `dequantize.test.ts` holds them against recordings. */
function vectorNamed({ tensors }: GgufContent, name: string): Vector | undefined {
  const tensor = tensors.find((candidate) => candidate.name === name);
  if (tensor === undefined) return undefined;
  const type = tensorTypeOf(tensor.typeNumber) ?? missing(`tensor type ${tensor.typeNumber}`);
  const { buffer, byteOffset, byteLength } = tensor.bytes;
  const weights = new Float32Array((byteLength / type.blockBytes) * type.blockSize);
  type.dequantize(new DataView(buffer, byteOffset, byteLength), weights);
  return Float64Array.from(weights);
}

function numberOf(entry: GgufEntry | undefined, otherwise?: number): number {
  if (typeof entry?.value === 'number') return entry.value;
  return otherwise ?? missing('a number of the metadata');
}

function missing(what: string): never {
  throw new Error(`the tiny model lacks ${what}`);
}
