import type { Architecture } from './architectures.ts';
import type { AttentionFrame, FrameOptions } from './attention-nodes.ts';
import type { DecoderParameters } from './decoder-parameters.ts';
import type { DecoderWeights, DecoderLayer, StoredMatrix } from './decoder-weights.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';
import type { AccuracyLevel, MatrixConstant } from './int8-nodes.ts';
import type { OnnxGraph } from './onnx-model.ts';

import { attention, attentionFrame, softcap } from './attention-nodes.ts';
import { elementTypes } from './onnx-model.ts';
import { graphBuilder } from './graph-builder.ts';
import { lookUpRows, matrixConstant, multiply } from './int8-nodes.ts';

const float16 = { attributes: { to: { int: elementTypes.float16 } } };
const float32 = { attributes: { to: { int: elementTypes.float32 } } };

export interface DeltaGraphOptions {
  /** @default 4 */
  readonly accuracyLevel?: AccuracyLevel;
}

/** The decoder in the form of `graph-form.md`. */
export function deltaGraph(
  parameters: DecoderParameters,
  weights: DecoderWeights,
  { accuracyLevel = 4 }: DeltaGraphOptions = {},
): OnnxGraph {
  const graph = graphBuilder();
  const inputs = declareInputs(graph, parameters);
  const embedding = matrixConstant(graph, 'embedding', weights.embedding);
  const head = weights.head === weights.embedding ? embedding : matrixConstant(graph, 'head', weights.head);
  const frameOf = attentionFrames(graph, inputs, { parameters, ropeFactors: weights.ropeFactors });
  const lastIndex = lastTokenIndex(graph, inputs.newLength);
  const multiplyBy = (value: Value, constant: MatrixConstant): Value =>
    multiply(graph, value, { constant, accuracyLevel });

  const norm = normChain(graph, weights, parameters.normEpsilon);
  let state = norm.first(embed(graph, { embedding, tokens: inputs.tokens }, parameters));
  const newKeyValues: Value[] = [];
  for (const [index, layer] of weights.layers.entries()) {
    const constants = layerConstants(graph, `layer.${index}`, layer);
    const queryKeyValue = addBias(graph, multiplyBy(state.normed, constants.queryKeyValue), constants.bias);
    const { context, newKey, newValue } = attention(
      graph,
      { queryKeyValue, headGains: constants.headGains, ...inputs.past(index), frame: frameOf(index) },
      parameters,
    );
    newKeyValues.push(newKey, newValue);
    const last = index === weights.layers.length - 1;
    // Once the last layer's keys and values are known, only the token whose logits are asked for matters.
    const [ownContext, ownSum] = last
      ? [pickToken(graph, context, lastIndex), pickToken(graph, state.sum, lastIndex)]
      : [context, state.sum];
    const attended = multiplyBy(ownContext, constants.attentionOutput);
    state = norm.next(ownSum, norm.only(attended, constants.attentionPostNorm));
    const gated = gatedUnit(graph, multiplyBy(state.normed, constants.gateUp), parameters);
    state = norm.next(state.sum, norm.only(multiplyBy(gated, constants.down), constants.feedForwardPostNorm));
  }
  const rawLogits = graph.node('Squeeze', [multiplyBy(state.normed, head), graph.ints([1])]);
  const logits = softcap(graph, rawLogits, parameters.logitSoftcap);
  declareOutputs(graph, { logits, newKeyValues }, { parameters, vocabularySize: weights.head.rows });
  return graph.finish('delta-decoder');
}

/** The frame of each layer: one for all, or one for those with a sliding window and one for the others. */
function attentionFrames(
  graph: GraphBuilder,
  inputs: GraphInputs,
  { parameters, ropeFactors }: Pick<FrameOptions, 'parameters' | 'ropeFactors'>,
): (layer: number) => AttentionFrame {
  const { rotary, slidingWindow } = parameters;
  const all = attentionFrame(graph, inputs, { parameters, rotary, ropeFactors, windowTokens: undefined });
  if (slidingWindow === undefined) return () => all;
  const near = attentionFrame(graph, inputs, {
    parameters,
    rotary: slidingWindow.rotary,
    ropeFactors: undefined,
    windowTokens: slidingWindow.tokens,
  });
  return (layer) => (slidingWindow.covers(layer) ? near : all);
}

function embed(
  graph: GraphBuilder,
  { embedding, tokens }: { readonly embedding: MatrixConstant; readonly tokens: Value },
  { architecture, width }: DecoderParameters,
): Value {
  const rows = lookUpRows(graph, embedding, tokens);
  return architecture.scalesEmbeddings
    ? graph.node('Mul', [rows, graph.scalarFloat(Math.sqrt(width))])
    : rows;
}

function addBias(graph: GraphBuilder, value: Value, bias: Value | undefined): Value {
  return bias === undefined ? value : graph.node('Add', [value, bias]);
}

interface GraphInputs {
  readonly tokens: Value;
  readonly newLength: Value;
  readonly pastLength: Value;
  readonly anyPastKey: Value;
  readonly past: (layer: number) => { pastKey: Value; pastValue: Value };
}

function declareInputs(
  graph: GraphBuilder,
  { layers, keyValueHeads, headSize }: DecoderParameters,
): GraphInputs {
  const rows = 'batch_size';
  const cached = 'past_sequence_length';
  const tokens = graph.input({ name: 'input_ids', type: 'int64', dimensions: [rows, 'sequence_length'] });
  const newLength = graph.input({ name: 'new_len', type: 'int64', dimensions: [rows] });
  const pastLength = graph.input({ name: 'past_len', type: 'int64', dimensions: [rows] });
  for (let layer = 0; layer < layers; layer += 1) {
    const name = `past_key_values.${layer}`;
    const keyShape = [rows, keyValueHeads, headSize, cached];
    const valueShape = [rows, keyValueHeads, cached, headSize];
    graph.input({ name: `${name}.key`, type: 'float16', dimensions: keyShape });
    graph.input({ name: `${name}.value`, type: 'float16', dimensions: valueShape });
  }
  return {
    tokens,
    newLength,
    pastLength,
    anyPastKey: 'past_key_values.0.key',
    past: (layer) => ({
      pastKey: graph.node('Cast', [`past_key_values.${layer}.key`], float32),
      pastValue: graph.node('Cast', [`past_key_values.${layer}.value`], float32),
    }),
  };
}

/** int64 [rows, 1, 1] */
function lastTokenIndex(graph: GraphBuilder, newLength: Value): Value {
  const index = graph.node('Sub', [newLength, graph.scalarInt(1)]);
  return graph.node('Unsqueeze', [index, graph.ints([1, 2])]);
}

/** [rows, tokens, width] at one index a row: [rows, 1, width] */
function pickToken(graph: GraphBuilder, value: Value, index: Value): Value {
  return graph.node('GatherND', [value, index], { attributes: { batch_dims: { int: 1 } } });
}

interface LayerConstants {
  readonly queryKeyValue: MatrixConstant;
  readonly attentionOutput: MatrixConstant;
  readonly gateUp: MatrixConstant;
  readonly down: MatrixConstant;
  readonly bias: Value | undefined;
  readonly headGains: Value | undefined;
  readonly attentionPostNorm: Value | undefined;
  readonly feedForwardPostNorm: Value | undefined;
}

function layerConstants(graph: GraphBuilder, name: string, layer: DecoderLayer): LayerConstants {
  const matrix = (part: string, stored: StoredMatrix): MatrixConstant =>
    matrixConstant(graph, `${name}.${part}`, stored);
  const vector = (part: string, values: Float32Array | undefined, columns?: number): Value | undefined =>
    values && graph.namedFloats(`${name}.${part}`, values, columns);
  return {
    queryKeyValue: matrix('query_key_value', layer.queryKeyValue),
    attentionOutput: matrix('attention_output', layer.attentionOutput),
    gateUp: matrix('gate_up', layer.gateUp),
    down: matrix('down', layer.down),
    bias: vector('query_key_value_bias', layer.queryKeyValueBias),
    headGains: vector('head_gains', layer.headGains?.values, layer.headGains?.columns),
    attentionPostNorm: vector('attention_post_norm', layer.attentionPostNorm),
    feedForwardPostNorm: vector('feed_forward_post_norm', layer.feedForwardPostNorm),
  };
}

/** The running sum of all layers' contributions, and the same after the norm that comes next. */
interface NormedSum {
  readonly sum: Value;
  readonly normed: Value;
}

interface NormChain {
  readonly first: (sum: Value) => NormedSum;
  readonly next: (sum: Value, addend: Value) => NormedSum;
  /** A norm beside the running sum; without gains the value stays as it is. */
  readonly only: (value: Value, gains: Value | undefined) => Value;
}

/** Takes the gains of the running sum's norms in the order in which the graph meets them. */
function normChain(graph: GraphBuilder, weights: DecoderWeights, epsilon: number): NormChain {
  const layerGains = weights.layers.flatMap(({ attentionNorm, feedForwardNorm }, index) => [
    graph.namedFloats(`layer.${index}.attention_norm`, attentionNorm),
    graph.namedFloats(`layer.${index}.feed_forward_norm`, feedForwardNorm),
  ]);
  const gains = [...layerGains, graph.namedFloats('output_norm', weights.outputNorm)].values();

  function norm(value: Value, ownGains: readonly Value[]): Value {
    return graph.node('SimplifiedLayerNormalization', [value, ...ownGains], {
      attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
    });
  }

  return {
    first: (sum) => ({ sum, normed: norm(sum, [...gains.take(1)]) }),
    next: (sum, addend) => {
      const normed = graph.fresh('normed');
      const newSum = graph.fresh('sum');
      graph.nodeWithOutputs({
        operator: 'SkipSimplifiedLayerNormalization',
        domain: 'com.microsoft',
        inputs: [sum, addend, ...gains.take(1)],
        outputs: [normed, '', '', newSum],
        attributes: { epsilon: { float: epsilon } },
      });
      return { sum: newSum, normed };
    },
    only: (value, ownGains) => (ownGains === undefined ? value : norm(value, [ownGains])),
  };
}

/** activation(gate) * up */
function gatedUnit(
  graph: GraphBuilder,
  gateUp: Value,
  { architecture, feedForwardWidth }: DecoderParameters,
): Value {
  const [gate, up] = [graph.fresh('gate'), graph.fresh('up')];
  graph.nodeWithOutputs({
    operator: 'Split',
    domain: '',
    inputs: [gateUp, graph.ints([feedForwardWidth, feedForwardWidth])],
    outputs: [gate, up],
    attributes: { axis: { int: -1 } },
  });
  return graph.node('Mul', [activate(graph, gate, architecture.activation), up]);
}

function activate(graph: GraphBuilder, value: Value, activation: Architecture['activation']): Value {
  switch (activation) {
    case 'silu':
      // With alpha 1 it is x * sigmoid(x).
      return graph.node('QuickGelu', [value], {
        domain: 'com.microsoft',
        attributes: { alpha: { float: 1 } },
      });
    case 'gelu':
      return graph.node('FastGelu', [value], { domain: 'com.microsoft' });
  }
}

function declareOutputs(
  graph: GraphBuilder,
  { logits, newKeyValues }: { logits: Value; newKeyValues: readonly Value[] },
  { parameters, vocabularySize }: { parameters: DecoderParameters; vocabularySize: number },
): void {
  const { layers, keyValueHeads, headSize } = parameters;
  graph.output({ name: 'logits', type: 'float32', dimensions: ['batch_size', vocabularySize] }, logits);
  graph.output(
    {
      name: 'new_kv',
      type: 'float16',
      dimensions: ['batch_size', 2 * layers * keyValueHeads, 'sequence_length', headSize],
    },
    graph.node('Cast', [graph.node('Concat', newKeyValues, { attributes: { axis: { int: 1 } } })], float16),
  );
}
