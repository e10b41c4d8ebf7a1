import type { EncoderDescription } from '../../encoder-description.ts';
import type { GraphBuilder, Value } from '../graph-builder.ts';
import type { ExternalRange, OnnxGraph } from '../onnx-model.ts';
import type { BertConfig } from './bert-config.ts';

import { graphBuilder } from '../graph-builder.ts';
import { elementTypes } from '../onnx-model.ts';

/** A tensor of the graph as it lies in the weights file. */
export interface StoredTensor {
  readonly dimensions: readonly number[];
  readonly range: ExternalRange;
}

/** Gain and offset of a layer normalisation. */
export interface StoredNorm {
  readonly gain: StoredTensor;
  readonly offset: StoredTensor;
}

/** Matrices are laid out [inputs, outputs]. */
export interface StoredLinear {
  readonly weight: StoredTensor;
  readonly bias: StoredTensor;
}

export interface BertLayer {
  /** Queries, keys and values side by side. */
  readonly queryKeyValue: StoredLinear;
  readonly attentionOutput: StoredLinear;
  readonly attentionNorm: StoredNorm;
  readonly up: StoredLinear;
  readonly down: StoredLinear;
  readonly outputNorm: StoredNorm;
}

export interface BertWeights {
  readonly words: StoredTensor;
  readonly positions: StoredTensor;
  readonly types: StoredTensor;
  readonly embeddingNorm: StoredNorm;
  readonly layers: readonly BertLayer[];
  /** Of a classifier. */
  readonly head: { readonly pooler: StoredLinear; readonly classifier: StoredLinear } | undefined;
}

/** The encoder with the inputs and outputs that exports for transformers.js have. */
export function bertGraph(
  config: BertConfig,
  weights: BertWeights,
  task: EncoderDescription['task'],
): OnnxGraph {
  const graph = graphBuilder();
  const shape = ['batch_size', 'sequence_length'];
  const ids = graph.input({ name: 'input_ids', type: 'int64', dimensions: shape });
  const mask = graph.input({ name: 'attention_mask', type: 'int64', dimensions: shape });
  const types = graph.input({ name: 'token_type_ids', type: 'int64', dimensions: shape });
  const context: Context = {
    graph,
    epsilon: config.layer_norm_eps,
    heads: config.num_attention_heads,
    mask: graph.node('Cast', [mask], { attributes: { to: { int: elementTypes.int32 } } }),
  };
  let state = embeddings(context, weights, { ids, types });
  for (const [index, layer] of weights.layers.entries())
    state = encode(context, state, { layer, name: `layer.${index}` });
  if (task === 'embed') {
    graph.output(
      { name: 'last_hidden_state', type: 'float32', dimensions: [...shape, config.hidden_size] },
      state,
    );
  } else {
    const { logits, labels } = classify(context, state, weights);
    graph.output({ name: 'logits', type: 'float32', dimensions: ['batch_size', labels] }, logits);
  }
  return graph.finish('bert-encoder');
}

interface Context {
  readonly graph: GraphBuilder;
  readonly epsilon: number;
  readonly heads: number;
  /** int32 [rows, tokens]: 1 where there is a token. */
  readonly mask: Value;
}

function constant({ graph }: Context, name: string, { dimensions, range }: StoredTensor): Value {
  return graph.tensor({ name, type: 'float32', dimensions, content: range });
}

function embeddings(
  context: Context,
  weights: BertWeights,
  { ids, types }: { readonly ids: Value; readonly types: Value },
): Value {
  const { graph, epsilon } = context;
  const count = graph.node('Shape', [ids], { attributes: { start: { int: 1 } } });
  const limit = graph.node('Squeeze', [count, graph.ints([0])]);
  const places = graph.node('Range', [graph.scalarInt(0), limit, graph.scalarInt(1)]);
  const words = graph.node('Gather', [constant(context, 'words', weights.words), ids]);
  const typed = graph.node('Add', [
    words,
    graph.node('Gather', [constant(context, 'types', weights.types), types]),
  ]);
  const placed = graph.node('Add', [
    typed,
    graph.node('Gather', [constant(context, 'positions', weights.positions), places]),
  ]);
  const { gain, offset } = weights.embeddingNorm;
  return graph.node(
    'LayerNormalization',
    [
      placed,
      constant(context, 'embedding_norm.gain', gain),
      constant(context, 'embedding_norm.offset', offset),
    ],
    { attributes: { axis: { int: -1 }, epsilon: { float: epsilon } } },
  );
}

function encode(
  context: Context,
  state: Value,
  { layer, name }: { readonly layer: BertLayer; readonly name: string },
): Value {
  const { graph, heads, mask } = context;
  const part = (suffix: string, tensor: StoredTensor): Value =>
    constant(context, `${name}.${suffix}`, tensor);
  const attended = graph.node(
    'Attention',
    [state, part('qkv.weight', layer.queryKeyValue.weight), part('qkv.bias', layer.queryKeyValue.bias), mask],
    { domain: 'com.microsoft', attributes: { num_heads: { int: heads } } },
  );
  const projected = graph.node('MatMul', [attended, part('attention.weight', layer.attentionOutput.weight)]);
  const middle = addAndNorm(context, [projected, state], {
    gain: part('attention_norm.gain', layer.attentionNorm.gain),
    offset: part('attention_norm.offset', layer.attentionNorm.offset),
    bias: part('attention.bias', layer.attentionOutput.bias),
  });
  const raised = graph.node('MatMul', [middle, part('up.weight', layer.up.weight)]);
  const active = graph.node('BiasGelu', [raised, part('up.bias', layer.up.bias)], {
    domain: 'com.microsoft',
  });
  const lowered = graph.node('MatMul', [active, part('down.weight', layer.down.weight)]);
  return addAndNorm(context, [lowered, middle], {
    gain: part('output_norm.gain', layer.outputNorm.gain),
    offset: part('output_norm.offset', layer.outputNorm.offset),
    bias: part('down.bias', layer.down.bias),
  });
}

/** Layer normalisation of the sum of both values and the bias. */
function addAndNorm(
  { graph, epsilon }: Context,
  [value, skip]: readonly [Value, Value],
  { gain, offset, bias }: { readonly gain: Value; readonly offset: Value; readonly bias: Value },
): Value {
  return graph.node('SkipLayerNormalization', [value, skip, gain, offset, bias], {
    domain: 'com.microsoft',
    attributes: { epsilon: { float: epsilon } },
  });
}

/** The classifier over the first token, through the pooler. */
function classify(
  context: Context,
  state: Value,
  { head }: BertWeights,
): { readonly logits: Value; readonly labels: number } {
  if (head === undefined) throw new Error('a classifier has a head');
  const { graph } = context;
  const first = graph.node('Gather', [state, graph.scalarInt(0)], { attributes: { axis: { int: 1 } } });
  const pooled = graph.node('Tanh', [
    graph.node('Add', [
      graph.node('MatMul', [first, constant(context, 'pooler.weight', head.pooler.weight)]),
      constant(context, 'pooler.bias', head.pooler.bias),
    ]),
  ]);
  const logits = graph.node('Add', [
    graph.node('MatMul', [pooled, constant(context, 'classifier.weight', head.classifier.weight)]),
    constant(context, 'classifier.bias', head.classifier.bias),
  ]);
  return { logits, labels: head.classifier.bias.dimensions[0] ?? 0 };
}
