import type { DecoderWeights, DecoderLayer, StoredMatrix } from './decoder-weights.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';
import type { AccuracyLevel, MatrixConstant } from './int8-nodes.ts';
import type { LlamaParameters } from './llama-parameters.ts';
import type { OnnxGraph } from './onnx-model.ts';

import { attention, attentionFrame } from './attention-nodes.ts';
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
  parameters: LlamaParameters,
  weights: DecoderWeights,
  { accuracyLevel = 4 }: DeltaGraphOptions = {},
): OnnxGraph {
  const graph = graphBuilder();
  const inputs = declareInputs(graph, parameters);
  const embedding = matrixConstant(graph, 'embedding', weights.embedding);
  const head = weights.head === weights.embedding ? embedding : matrixConstant(graph, 'head', weights.head);
  const { ropeFactors } = weights;
  const frame = attentionFrame(graph, inputs, { parameters, ropeFactors });
  const lastIndex = lastTokenIndex(graph, inputs.newLength);
  const multiplyBy = (value: Value, constant: MatrixConstant): Value =>
    multiply(graph, value, { constant, accuracyLevel });

  const norms = weights.layers.flatMap((layer) => [layer.attentionNorm, layer.feedForwardNorm]);
  const norm = normChain(graph, [...norms, weights.outputNorm], parameters.normEpsilon);
  let state = norm.first(lookUpRows(graph, embedding, inputs.tokens));
  const newKeyValues: Value[] = [];
  for (const [index, layer] of weights.layers.entries()) {
    const constants = layerConstants(graph, `layer.${index}`, layer);
    const { context, newKey, newValue } = attention(
      graph,
      { queryKeyValue: multiplyBy(state.normed, constants.queryKeyValue), ...inputs.past(index), frame },
      parameters,
    );
    newKeyValues.push(newKey, newValue);
    const last = index === weights.layers.length - 1;
    // Once the last layer's keys and values are known, only the token whose logits are asked for matters.
    const [ownContext, ownSum] = last
      ? [pickToken(graph, context, lastIndex), pickToken(graph, state.sum, lastIndex)]
      : [context, state.sum];
    state = norm.next(ownSum, multiplyBy(ownContext, constants.attentionOutput));
    const gated = gatedUnit(graph, multiplyBy(state.normed, constants.gateUp), parameters.feedForwardWidth);
    state = norm.next(state.sum, multiplyBy(gated, constants.down));
  }
  const logits = graph.node('Squeeze', [multiplyBy(state.normed, head), graph.ints([1])]);
  declareOutputs(graph, { logits, newKeyValues }, { parameters, vocabularySize: weights.head.rows });
  return graph.finish('delta-decoder');
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
  { layers, keyValueHeads, headSize }: LlamaParameters,
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

function layerConstants(
  graph: GraphBuilder,
  name: string,
  layer: DecoderLayer,
): Readonly<Record<'queryKeyValue' | 'attentionOutput' | 'gateUp' | 'down', MatrixConstant>> {
  const constant = (part: string, matrix: StoredMatrix): MatrixConstant =>
    matrixConstant(graph, `${name}.${part}`, matrix);
  return {
    queryKeyValue: constant('query_key_value', layer.queryKeyValue),
    attentionOutput: constant('attention_output', layer.attentionOutput),
    gateUp: constant('gate_up', layer.gateUp),
    down: constant('down', layer.down),
  };
}

/** The running sum of all layers' contributions, and the same after the norm that comes next. */
interface NormedSum {
  readonly sum: Value;
  readonly normed: Value;
}

/** Takes the norms' weights in the order in which the graph meets them. */
function normChain(
  graph: GraphBuilder,
  norms: readonly Float32Array[],
  epsilon: number,
): { first: (sum: Value) => NormedSum; next: (sum: Value, addend: Value) => NormedSum } {
  const gains = norms.map((norm) => graph.floats('norm', norm)).values();
  return {
    first: (sum) => {
      const normed = graph.node('SimplifiedLayerNormalization', [sum, ...gains.take(1)], {
        attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
      });
      return { sum, normed };
    },
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
  };
}

/** silu(gate) * up; QuickGelu with alpha 1 is x * sigmoid(x). */
function gatedUnit(graph: GraphBuilder, gateUp: Value, width: number): Value {
  const [gate, up] = [graph.fresh('gate'), graph.fresh('up')];
  graph.nodeWithOutputs({
    operator: 'Split',
    domain: '',
    inputs: [gateUp, graph.ints([width, width])],
    outputs: [gate, up],
    attributes: { axis: { int: -1 } },
  });
  const silu = graph.node('QuickGelu', [gate], {
    domain: 'com.microsoft',
    attributes: { alpha: { float: 1 } },
  });
  return graph.node('Mul', [silu, up]);
}

function declareOutputs(
  graph: GraphBuilder,
  { logits, newKeyValues }: { logits: Value; newKeyValues: readonly Value[] },
  { parameters, vocabularySize }: { parameters: LlamaParameters; vocabularySize: number },
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
