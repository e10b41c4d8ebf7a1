import type { EncoderDescription } from '../encoder-description.ts';
import type { EncoderReferenceModel, EncoderShape } from './encoder-reference-model.ts';
import { add, dot, gelu, layerNorm, softmax, type Vector } from './vector-math.ts';

/** The tokens of a text or a pair, and the type of each. */
export interface ReferenceText {
  readonly tokens: readonly number[];
  readonly types: readonly number[];
}

export interface EncoderReferenceRun {
  readonly description: EncoderDescription;
  readonly signal: AbortSignal;
  /** After each layer, and after the head. */
  readonly onProgress?: (done: { readonly steps: number; readonly stepsTotal: number }) => void;
}

/**
 * What an encoder gives for texts, by the published equations in plain loops and double precision: vectors, probabilities of labels,
 * or grades. Every text goes through alone and without padding. It knows nothing of graphs and batches, and shares no code with the
 * importer: what both get wrong in the same way would show nowhere. A layer's weights are all that is held.
 *
 * Sources: the modeling file of bert in transformers, and the modules of sentence-transformers.
 */
export async function referenceEncodings(
  model: EncoderReferenceModel,
  texts: readonly ReferenceText[],
  { description, signal, onProgress }: EncoderReferenceRun,
): Promise<readonly Vector[]> {
  const stepsTotal = model.shape.layers + 1;
  let states = await embeddings(model, texts);
  for (let layer = 0; layer < model.shape.layers; layer += 1) {
    signal.throwIfAborted();
    states = await runLayer(model, states, `encoder.layer.${layer}`);
    onProgress?.({ steps: layer + 1, stepsTotal });
  }
  const encodings = await headOf(model, states, description);
  onProgress?.({ steps: stepsTotal, stepsTotal });
  return encodings;
}

/** One vector a token. */
type States = readonly Vector[];

async function embeddings(
  model: EncoderReferenceModel,
  texts: readonly ReferenceText[],
): Promise<readonly States[]> {
  const { width, vocabularySize, positions, types } = model.shape;
  const table = async (name: string, rows: number): Promise<(row: number) => Vector> => {
    const values = await model.tensor(`embeddings.${name}.weight`, [rows, width]);
    return (row) => new Float64Array(values.subarray(row * width, (row + 1) * width));
  };
  const word = await table('word_embeddings', vocabularySize);
  const position = await table('position_embeddings', positions);
  const type = await table('token_type_embeddings', types);
  const norm = await openNorm(model, 'embeddings.LayerNorm');
  return texts.map((text) =>
    text.tokens.map((token, at) => norm(add(add(word(token), position(at)), type(text.types[at] ?? 0)))),
  );
}

async function runLayer(
  model: EncoderReferenceModel,
  texts: readonly States[],
  name: string,
): Promise<readonly States[]> {
  const { width, innerWidth } = model.shape;
  const attention = await openAttention(model, `${name}.attention`);
  const attentionNorm = await openNorm(model, `${name}.attention.output.LayerNorm`);
  const up = await openLinear(model, `${name}.intermediate.dense`, [innerWidth, width]);
  const down = await openLinear(model, `${name}.output.dense`, [width, innerWidth]);
  const outputNorm = await openNorm(model, `${name}.output.LayerNorm`);
  return texts.map((states) => {
    const attended = attention(states);
    return states.map((state, token) => {
      const middle = attentionNorm(add(attended[token] ?? new Float64Array(), state));
      return outputNorm(add(down(up(middle).map(gelu)), middle));
    });
  });
}

async function openAttention(
  model: EncoderReferenceModel,
  name: string,
): Promise<(states: States) => States> {
  const { width } = model.shape;
  const part = (suffix: string): Promise<VectorMap> => openLinear(model, `${name}.${suffix}`, [width, width]);
  const [query, key, value] = [await part('self.query'), await part('self.key'), await part('self.value')];
  const output = await part('output.dense');
  return (states) => {
    const [keys, values] = [states.map(key), states.map(value)];
    return states.map((state) => output(attend(query(state), { keys, values, shape: model.shape })));
  };
}

/** What one token takes from all of its text, head by head. */
function attend(
  query: Vector,
  {
    keys,
    values,
    shape: { width, heads },
  }: { readonly keys: States; readonly values: States; readonly shape: EncoderShape },
): Vector {
  const size = width / heads;
  const context = new Float64Array(width);
  for (let from = 0; from < width; from += size) {
    const head = (vector: Vector): Vector => vector.subarray(from, from + size);
    const weights = softmax(keys.map((key) => dot(head(query), head(key)) / Math.sqrt(size)));
    for (const [token, weight] of weights.entries()) {
      for (const [at, value] of head(values[token] ?? new Float64Array()).entries()) {
        context[from + at] = (context[from + at] ?? NaN) + weight * value;
      }
    }
  }
  return context;
}

async function headOf(
  model: EncoderReferenceModel,
  texts: readonly States[],
  description: EncoderDescription,
): Promise<readonly Vector[]> {
  switch (description.task) {
    case 'embed':
      return texts.map((states) => vectorOf(states, description));
    case 'classify': {
      const logits = await logitsOf(model, texts, description.labels.length);
      return logits.map((each) =>
        description.multiLabel
          ? each.map((logit) => 1 / (1 + Math.exp(-logit)))
          : Float64Array.from(softmax([...each])),
      );
    }
    case 'rerank':
      return await logitsOf(model, texts, 1);
  }
}

function vectorOf(
  states: States,
  { pooling, normalize }: Extract<EncoderDescription, { task: 'embed' }>,
): Vector {
  const pooled = pool(states, pooling);
  const length = normalize ? Math.sqrt(dot(pooled, pooled)) : 1;
  return pooled.map((value) => value / length);
}

function pool(states: States, pooling: 'mean' | 'cls' | 'last'): Vector {
  switch (pooling) {
    case 'mean':
      return states.reduce(add).map((sum) => sum / states.length);
    case 'cls':
      return states.at(0) ?? new Float64Array();
    case 'last':
      return states.at(-1) ?? new Float64Array();
  }
}

/** The classifier looks at the first token, through the pooler. */
async function logitsOf(
  model: EncoderReferenceModel,
  texts: readonly States[],
  labels: number,
): Promise<readonly Vector[]> {
  const { width } = model.shape;
  const pooler = await openLinear(model, 'pooler.dense', [width, width]);
  const classifier = await openLinear(model, 'classifier', [labels, width]);
  return texts.map((states) => classifier(pooler(pool(states, 'cls')).map(Math.tanh)));
}

type VectorMap = (vector: Vector) => Vector;

/** [outputs, inputs], as PyTorch keeps it. */
async function openLinear(
  model: EncoderReferenceModel,
  name: string,
  [outputs, inputs]: readonly [number, number],
): Promise<VectorMap> {
  const weight = new Float64Array(await model.tensor(`${name}.weight`, [outputs, inputs]));
  const bias = new Float64Array(await model.tensor(`${name}.bias`, [outputs]));
  return (vector) =>
    bias.map((offset, row) => dot(vector, weight.subarray(row * inputs, (row + 1) * inputs)) + offset);
}

async function openNorm(model: EncoderReferenceModel, name: string): Promise<VectorMap> {
  const { width, epsilon } = model.shape;
  const gains = new Float64Array(await model.tensor(`${name}.weight`, [width]));
  const offsets = new Float64Array(await model.tensor(`${name}.bias`, [width]));
  return (vector) => layerNorm(vector, { gains, offsets, epsilon });
}
