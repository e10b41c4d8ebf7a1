import { tinyBertShape, type TinyBert } from '../../support/tiny-bert.ts';

type Vector = readonly number[];

/** BERT by its formulas, in double precision, one text at a time without padding. */
export function referenceBert({ tensors }: TinyBert): {
  states(tokens: Vector, types: Vector): readonly Vector[];
  logits(tokens: Vector, types: Vector): Vector;
} {
  const prefix = tensors.has('classifier.weight') ? 'bert.' : '';
  const { width, heads, layers } = tinyBertShape;
  const numbers = (name: string): Float32Array => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new Error(`no ${name}`);
    return tensor.values;
  };
  const row = (name: string, index: number): Vector => [
    ...numbers(`${prefix}${name}.weight`).subarray(index * width, (index + 1) * width),
  ];
  const linear = (name: string, input: Vector): Vector => {
    const weight = numbers(`${name}.weight`);
    return Array.from(numbers(`${name}.bias`), (bias, output) =>
      input.reduce((sum, value, at) => sum + value * (weight[output * input.length + at] ?? NaN), bias),
    );
  };
  const norm = (name: string, input: Vector): Vector => {
    const mean = input.reduce((sum, value) => sum + value, 0) / input.length;
    const variance = input.reduce((sum, value) => sum + (value - mean) ** 2, 0) / input.length;
    const [gain, offset] = [numbers(`${prefix}${name}.weight`), numbers(`${prefix}${name}.bias`)];
    return input.map(
      (value, at) => ((value - mean) / Math.sqrt(variance + 1e-12)) * (gain[at] ?? NaN) + (offset[at] ?? NaN),
    );
  };

  function attend(name: string, input: readonly Vector[]): readonly Vector[] {
    const project = (part: string): readonly Vector[] =>
      input.map((state) => linear(`${prefix}${name}.attention.self.${part}`, state));
    const [queries, keys, values] = [project('query'), project('key'), project('value')];
    const size = width / heads;
    return queries.map((query) =>
      Array.from({ length: width }, (_, at) => {
        const head = Math.floor(at / size) * size;
        const scores = keys.map(
          (key) => dot(query.slice(head, head + size), key.slice(head, head + size)) / Math.sqrt(size),
        );
        const weights = softmax(scores);
        return weights.reduce((sum, weight, token) => sum + weight * (values[token]?.[at] ?? NaN), 0);
      }),
    );
  }

  function encode(input: readonly Vector[], layer: number): readonly Vector[] {
    const name = `encoder.layer.${layer}`;
    return attend(name, input).map((attended, token) => {
      const projected = linear(`${prefix}${name}.attention.output.dense`, attended);
      const middle = norm(`${name}.attention.output.LayerNorm`, add(projected, input[token] ?? []));
      const raised = linear(`${prefix}${name}.intermediate.dense`, middle).map(gelu);
      return norm(`${name}.output.LayerNorm`, add(linear(`${prefix}${name}.output.dense`, raised), middle));
    });
  }

  function states(tokens: Vector, types: Vector): readonly Vector[] {
    let current: readonly Vector[] = tokens.map((token, place) => {
      const word = row('embeddings.word_embeddings', token);
      const placed = add(word, row('embeddings.position_embeddings', place));
      return norm(
        'embeddings.LayerNorm',
        add(placed, row('embeddings.token_type_embeddings', types[place] ?? 0)),
      );
    });
    for (let layer = 0; layer < layers; layer += 1) current = encode(current, layer);
    return current;
  }

  return {
    states,
    logits(tokens, types) {
      const pooled = linear(`${prefix}pooler.dense`, states(tokens, types)[0] ?? []).map(Math.tanh);
      return linear('classifier', pooled);
    },
  };
}

function add(left: Vector, right: Vector): Vector {
  return left.map((value, at) => value + (right[at] ?? NaN));
}

function dot(left: Vector, right: Vector): number {
  return left.reduce((sum, value, at) => sum + value * (right[at] ?? NaN), 0);
}

function softmax(scores: Vector): Vector {
  const weights = scores.map(Math.exp);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** x times the normal distribution's cumulative probability. */
function gelu(value: number): number {
  return (value * (1 + errorFunction(value / Math.SQRT2))) / 2;
}

/** Its Maclaurin series; the arguments here are small. */
function errorFunction(value: number): number {
  let term = value;
  let sum = value;
  for (let n = 1; n < 80; n += 1) {
    term *= -(value * value) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
