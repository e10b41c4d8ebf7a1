import type { LayerShape, ReferenceModel, ReferenceShape, ReferenceTensor } from './reference-model.ts';
import type { Vector } from './vector-math.ts';

import { ReferenceUnavailable } from './reference-model.ts';
import { add, capped, dot, geluByTanh, rootMeanSquareNorm, silu, softmax } from './vector-math.ts';

export interface ReferenceRun {
  readonly signal: AbortSignal;
  /** After each layer, and after the head. */
  readonly onProgress?: (done: { readonly steps: number; readonly stepsTotal: number }) => void;
}

/**
 * Logits after every token of every text, by the published equations in plain loops and double precision. It knows nothing of graphs,
 * caches or int8, and shares no table of architectures with the importer: what both get wrong in the same way would show nowhere.
 * All texts go through a layer before the next one is read, so that a layer's weights are all that is held.
 *
 * Sources: the modeling files of llama, qwen2, qwen3, gemma, gemma2 and gemma3 in transformers, and `src/models` of llama.cpp.
 */
export async function referenceLogits(
  model: ReferenceModel,
  texts: readonly (readonly number[])[],
  { signal, onProgress }: ReferenceRun,
): Promise<readonly (readonly Vector[])[]> {
  const { shape } = model;
  const stepsTotal = shape.layers + 1;
  const math = tensorMath(model, signal);
  let states = await embeddings(math, texts, shape);
  for (let layer = 0; layer < shape.layers; layer += 1) {
    states = await runLayer(math, states, { prefix: `blk.${layer}.`, shape, own: shape.layer(layer) });
    onProgress?.({ steps: layer + 1, stepsTotal });
  }
  const logits = await logitsOf(math, states, shape);
  onProgress?.({ steps: stepsTotal, stepsTotal });
  return logits;
}

/** For each text, for each token, one vector. */
type States = readonly (readonly Vector[])[];

interface LayerPlace {
  /** Of its tensors' names. */
  readonly prefix: string;
  readonly shape: ReferenceShape;
  readonly own: LayerShape;
}

async function embeddings(
  math: TensorMath,
  texts: readonly (readonly number[])[],
  { family, width }: ReferenceShape,
): Promise<States> {
  const found = await math.rows('token_embd.weight', new Set(texts.flat()));
  const factor = family.startsWith('gemma') ? Math.sqrt(width) : 1;
  return texts.map((tokens) =>
    tokens.map((token) => {
      const row = found.get(token) ?? missing(`token ${token}`);
      return row.map((value) => value * factor);
    }),
  );
}

async function runLayer(math: TensorMath, states: States, place: LayerPlace): Promise<States> {
  const { prefix, shape } = place;
  const normed = await math.norm(states, `${prefix}attn_norm.weight`, shape.epsilon);
  const context = await attentionContext(math, normed, place);
  const attended = await math.times(`${prefix}attn_output`, context);
  const afterAttention = sums(
    states,
    await math.normIfAny(attended, `${prefix}post_attention_norm.weight`, shape.epsilon),
  );
  const input = await math.norm(afterAttention, `${prefix}ffn_norm.weight`, shape.epsilon);
  const gates = await math.times(`${prefix}ffn_gate`, input);
  const ups = await math.times(`${prefix}ffn_up`, input);
  const activate = shape.family.startsWith('gemma') ? geluByTanh : silu;
  const gated = gates.map((text, at) =>
    text.map((gate, token) =>
      gate.map((value, index) => activate(value) * (ups[at]?.[token]?.[index] ?? NaN)),
    ),
  );
  const added = await math.times(`${prefix}ffn_down`, gated);
  return sums(afterAttention, await math.normIfAny(added, `${prefix}post_ffw_norm.weight`, shape.epsilon));
}

async function attentionContext(math: TensorMath, normed: States, place: LayerPlace): Promise<States> {
  const { prefix, shape, own } = place;
  const heads = async (part: string): Promise<States> => {
    const flat = await math.times(`${prefix}${part}`, normed);
    const gains = await math.vectorIfAny(`${prefix}${part}_norm.weight`);
    return flat.map((text) =>
      text.map((vector, position) => turnHeads(normHeads(vector, gains, shape), position, { shape, own })),
    );
  };
  const queries = await heads('attn_q');
  const keys = await heads('attn_k');
  const values = await math.times(`${prefix}attn_v`, normed);
  return queries.map((text, at) =>
    text.map((query, position) => {
      const first = Math.max(0, position - own.windowTokens + 1);
      const seen = {
        keys: keys[at]?.slice(first, position + 1) ?? [],
        values: values[at]?.slice(first) ?? [],
      };
      return mixed(query, seen, shape);
    }),
  );
}

/** Of one token: for each query head the values of the tokens it sees, weighted by how well their keys match. */
function mixed(
  query: Vector,
  seen: { readonly keys: readonly Vector[]; readonly values: readonly Vector[] },
  { queryHeads, keyValueHeads, headSize, attentionScale, attentionCap }: ReferenceShape,
): Vector {
  const context = new Float64Array(queryHeads * headSize);
  for (let head = 0; head < queryHeads; head += 1) {
    const shared = Math.floor((head * keyValueHeads) / queryHeads) * headSize;
    const own = query.subarray(head * headSize, (head + 1) * headSize);
    const scores = seen.keys.map((key) =>
      capped(dot(own, key.subarray(shared, shared + headSize)) * attentionScale, attentionCap),
    );
    for (const [token, weight] of softmax(scores).entries()) {
      const value = seen.values[token];
      for (let at = 0; at < headSize; at += 1) {
        const index = head * headSize + at;
        context[index] = (context[index] ?? NaN) + weight * (value?.[shared + at] ?? NaN);
      }
    }
  }
  return context;
}

function normHeads(vector: Vector, gains: Vector | undefined, { headSize, epsilon }: ReferenceShape): Vector {
  if (gains === undefined) return vector;
  const normed = new Float64Array(vector.length);
  for (let start = 0; start < vector.length; start += headSize) {
    normed.set(rootMeanSquareNorm(vector.subarray(start, start + headSize), gains, epsilon), start);
  }
  return normed;
}

/** Turns each pair of a head by its angle. The pairs are neighbours in llama's files, and half a head apart in the others'. */
function turnHeads(
  vector: Vector,
  position: number,
  { shape, own }: { readonly shape: ReferenceShape; readonly own: LayerShape },
): Vector {
  const half = shape.headSize / 2;
  const turned = new Float64Array(vector.length);
  for (let start = 0; start < vector.length; start += shape.headSize) {
    for (let pair = 0; pair < half; pair += 1) {
      const [left, right] =
        shape.family === 'llama'
          ? [start + 2 * pair, start + 2 * pair + 1]
          : [start + pair, start + pair + half];
      const angle = position * (own.frequencies[pair] ?? NaN);
      const [x, y] = [vector[left] ?? NaN, vector[right] ?? NaN];
      turned[left] = x * Math.cos(angle) - y * Math.sin(angle);
      turned[right] = x * Math.sin(angle) + y * Math.cos(angle);
    }
  }
  return turned;
}

async function logitsOf(math: TensorMath, states: States, shape: ReferenceShape): Promise<States> {
  const normed = await math.norm(states, 'output_norm.weight', shape.epsilon);
  const head = math.has('output.weight') ? 'output' : 'token_embd';
  const logits = await math.times(head, normed);
  return logits.map((text) => text.map((vector) => vector.map((logit) => capped(logit, shape.logitCap))));
}

function sums(left: States, right: States): States {
  return left.map((text, at) =>
    text.map((vector, token) => add(vector, right[at]?.[token] ?? missing('a token'))),
  );
}

interface TensorMath {
  readonly has: (name: string) => boolean;
  readonly rows: (name: string, wanted: ReadonlySet<number>) => Promise<ReadonlyMap<number, Vector>>;
  /** Every vector times the matrix `.weight`, plus the `.bias` where there is one. */
  readonly times: (name: string, states: States) => Promise<States>;
  readonly norm: (states: States, name: string, epsilon: number) => Promise<States>;
  readonly normIfAny: (states: States, name: string, epsilon: number) => Promise<States>;
  readonly vectorIfAny: (name: string) => Promise<Vector | undefined>;
}

function tensorMath(model: ReferenceModel, signal: AbortSignal): TensorMath {
  const required = (name: string): ReferenceTensor => model.tensor(name) ?? missing(name);

  async function vectorIfAny(name: string): Promise<Vector | undefined> {
    const tensor = model.tensor(name);
    if (tensor === undefined) return undefined;
    const whole: number[] = [];
    for await (const piece of tensor.pieces()) whole.push(...piece);
    return Float64Array.from(whole);
  }

  /** Calls with each row and its index. The signal is asked between two pieces. */
  async function eachRow(tensor: ReferenceTensor, use: (row: Vector, index: number) => void): Promise<void> {
    let index = 0;
    for await (const piece of tensor.pieces()) {
      signal.throwIfAborted();
      for (let start = 0; start < piece.length; start += tensor.columns) {
        use(new Float64Array(piece.subarray(start, start + tensor.columns)), index);
        index += 1;
      }
    }
  }

  async function normIfAny(states: States, name: string, epsilon: number): Promise<States> {
    const gains = await vectorIfAny(name);
    if (gains === undefined) return states;
    return states.map((text) => text.map((vector) => rootMeanSquareNorm(vector, gains, epsilon)));
  }

  return {
    has: (name) => model.tensor(name) !== undefined,
    vectorIfAny,
    normIfAny,
    norm: (states, name, epsilon) => {
      required(name);
      return normIfAny(states, name, epsilon);
    },
    rows: async (name, wanted) => {
      const found = new Map<number, Vector>();
      await eachRow(required(name), (row, index) => {
        if (wanted.has(index)) found.set(index, row);
      });
      return found;
    },
    times: async (name, states) => {
      const tensor = required(`${name}.weight`);
      const bias = await vectorIfAny(`${name}.bias`);
      const inputs = states.flat();
      const outputs = inputs.map(() => new Float64Array(tensor.rows));
      await eachRow(tensor, (row, index) => {
        const offset = bias?.[index] ?? 0;
        inputs.forEach((input, at) => outputs[at]?.fill(dot(input, row) + offset, index, index + 1));
      });
      const next = outputs.values();
      return states.map((text) => [...next.take(text.length)]);
    },
  };
}

function missing(what: string): never {
  throw new ReferenceUnavailable(`the model lacks ${what}`);
}
