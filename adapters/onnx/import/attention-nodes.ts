import type { GraphBuilder, Value } from './graph-builder.ts';
import type { LlamaParameters } from './llama-parameters.ts';

import { elementTypes } from './onnx-model.ts';

/** What every layer's attention needs and none of them changes. */
export interface AttentionFrame {
  /** float32 [rows * new tokens, headSize / 2] */
  readonly cosines: Value;
  readonly sines: Value;
  /** int64 [rows, new tokens]: which line of the two tables a token uses. */
  readonly tableLines: Value;
  /** Added to the scores of cached positions: 0 where the position counts. float32 [rows, 1, 1, cached] */
  readonly pastMask: Value;
  /** Added to the scores of new positions: 0 where not later. float32 [group * new tokens, new tokens] */
  readonly newMask: Value;
  /** int64 [2]: cached positions, new tokens. */
  readonly spans: Value;
}

export interface FrameInputs {
  readonly tokens: Value;
  readonly pastLength: Value;
  readonly anyPastKey: Value;
}

/** The least float: added to a score it leaves no weight, and unlike infinity it never makes a NaN. */
const masked = -3.402_823_466_385_288_6e38;

export function attentionFrame(
  graph: GraphBuilder,
  inputs: FrameInputs,
  { parameters, ropeFactors }: { parameters: LlamaParameters; ropeFactors: Float32Array | undefined },
): AttentionFrame {
  const newCount = graph.node('Shape', [inputs.tokens], { attributes: { start: { int: 1 } } });
  const pastCount = graph.node('Shape', [inputs.anyPastKey], { attributes: { start: { int: 3 } } });
  const newRange = upTo(graph, newCount);
  const group = parameters.queryHeads / parameters.keyValueHeads;
  return {
    ...rotaryTables(graph, { ...inputs, newRange, frequencies: frequencies(parameters, ropeFactors) }),
    pastMask: pastMask(graph, inputs.pastLength, pastCount),
    newMask: graph.node('Tile', [causalMask(graph, newRange), graph.ints([group, 1])]),
    spans: graph.node('Concat', [pastCount, newCount], { attributes: { axis: { int: 0 } } }),
  };
}

/** Per pair i of a head: 1 / (divisor * factor_i * base ^ (2i / headSize)). */
function frequencies(parameters: LlamaParameters, factors: Float32Array | undefined): Float64Array {
  const { headSize, ropeBase, ropePositionDivisor } = parameters;
  return Float64Array.from({ length: headSize / 2 }, (_, pair) => {
    return ropeBase ** ((-2 * pair) / headSize) / ropePositionDivisor / (factors?.[pair] ?? 1);
  });
}

interface RotaryInputs extends FrameInputs {
  readonly newRange: Value;
  readonly frequencies: Float64Array;
}

/**
 * Cosines and sines of just the positions in use, in double precision: a table of all positions would weigh more than
 * the work it saves, and single precision loses the angle's fraction at far positions.
 */
function rotaryTables(
  graph: GraphBuilder,
  inputs: RotaryInputs,
): Pick<AttentionFrame, 'cosines' | 'sines' | 'tableLines'> {
  const firstPosition = graph.node('Unsqueeze', [inputs.pastLength, graph.ints([1])]);
  const positions = graph.node('Add', [firstPosition, inputs.newRange]);
  const column = graph.node('Reshape', [positions, graph.ints([-1, 1])]);
  const angles = graph.node('Mul', [
    graph.node('Cast', [column], { attributes: { to: { int: elementTypes.float64 } } }),
    graph.doubles('frequencies', inputs.frequencies),
  ]);
  const float = { attributes: { to: { int: elementTypes.float32 } } };
  const lineCount = graph.node('Reshape', [graph.node('Size', [inputs.tokens]), graph.ints([1])]);
  return {
    cosines: graph.node('Cast', [graph.node('Cos', [angles])], float),
    sines: graph.node('Cast', [graph.node('Sin', [angles])], float),
    tableLines: graph.node('Reshape', [upTo(graph, lineCount), graph.node('Shape', [inputs.tokens])]),
  };
}

function pastMask(graph: GraphBuilder, pastLength: Value, pastCount: Value): Value {
  const length = graph.node('Unsqueeze', [pastLength, graph.ints([1, 2, 3])]);
  return maskWhereNot(graph, graph.node('Less', [upTo(graph, pastCount), length]));
}

function causalMask(graph: GraphBuilder, newRange: Value): Value {
  const asker = graph.node('Unsqueeze', [newRange, graph.ints([1])]);
  return maskWhereNot(graph, graph.node('LessOrEqual', [newRange, asker]));
}

function maskWhereNot(graph: GraphBuilder, counts: Value): Value {
  return graph.node('Where', [counts, graph.scalarFloat(0), graph.scalarFloat(masked)]);
}

/** 0, 1 ... below the one number in `count`. */
function upTo(graph: GraphBuilder, count: Value): Value {
  const limit = graph.node('Squeeze', [count, graph.ints([0])]);
  return graph.node('Range', [graph.scalarInt(0), limit, graph.scalarInt(1)]);
}

export interface AttentionInputs {
  /** Queries (already scaled), keys and values of the new tokens side by side. */
  readonly queryKeyValue: Value;
  readonly pastKey: Value;
  readonly pastValue: Value;
  readonly frame: AttentionFrame;
}

export interface AttentionOutputs {
  /** [rows, new tokens, queryHeads * headSize] */
  readonly context: Value;
  /** [rows, keyValueHeads, new tokens, headSize] */
  readonly newKey: Value;
  readonly newValue: Value;
}

/**
 * Attention over the cache and the new tokens without joining them: the scores of both share one softmax. The query
 * heads that share a key head are laid below each other in the token axis, so that plain products serve.
 */
export function attention(
  graph: GraphBuilder,
  { queryKeyValue, pastKey, pastValue, frame }: AttentionInputs,
  { queryHeads, keyValueHeads, headSize }: LlamaParameters,
): AttentionOutputs {
  const [queryKey, flatValue] = split(graph, queryKeyValue, {
    sizes: graph.ints([(queryHeads + keyValueHeads) * headSize, keyValueHeads * headSize]),
    axis: 2,
  });
  const [flatQuery, flatKey] = split(graph, rotate(graph, queryKey, frame), {
    sizes: graph.ints([queryHeads * headSize, keyValueHeads * headSize]),
    axis: 2,
  });
  const query = graph.node('Reshape', [
    headsFirst(graph, flatQuery, [queryHeads, headSize]),
    graph.ints([0, keyValueHeads, -1, headSize]),
  ]);
  const newKey = headsFirst(graph, flatKey, [keyValueHeads, headSize]);
  const newValue = headsFirst(graph, flatValue, [keyValueHeads, headSize]);
  const pastScores = graph.node('Add', [graph.node('MatMul', [query, pastKey]), frame.pastMask]);
  const newScores = graph.node('Add', [
    graph.node('MatMul', [query, transpose(graph, newKey, [0, 1, 3, 2])]),
    frame.newMask,
  ]);
  const scores = graph.node('Concat', [pastScores, newScores], { attributes: { axis: { int: -1 } } });
  const weights = graph.node('Softmax', [scores], { attributes: { axis: { int: -1 } } });
  const [pastWeights, newWeights] = split(graph, weights, { sizes: frame.spans, axis: 3 });
  const mixed = graph.node('Add', [
    graph.node('MatMul', [pastWeights, pastValue]),
    graph.node('MatMul', [newWeights, newValue]),
  ]);
  const byQueryHead = graph.node('Reshape', [mixed, graph.ints([0, queryHeads, -1, headSize])]);
  const context = graph.node('Reshape', [
    transpose(graph, byQueryHead, [0, 2, 1, 3]),
    graph.ints([0, 0, queryHeads * headSize]),
  ]);
  return { context, newKey, newValue };
}

/** GGUF keeps the rows of llama's queries and keys in the order that turns neighbouring pairs. */
function rotate(graph: GraphBuilder, value: Value, { tableLines, cosines, sines }: AttentionFrame): Value {
  return graph.node('RotaryEmbedding', [value, tableLines, cosines, sines], {
    domain: 'com.microsoft',
    attributes: { interleaved: { int: 1 } },
  });
}

/** [rows, tokens, heads * size] as [rows, heads, tokens, size] */
function headsFirst(graph: GraphBuilder, value: Value, [heads, size]: readonly [number, number]): Value {
  return transpose(graph, graph.node('Reshape', [value, graph.ints([0, 0, heads, size])]), [0, 2, 1, 3]);
}

function transpose(graph: GraphBuilder, value: Value, axes: readonly number[]): Value {
  return graph.node('Transpose', [value], { attributes: { perm: { ints: axes } } });
}

function split(
  graph: GraphBuilder,
  value: Value,
  { sizes, axis }: { readonly sizes: Value; readonly axis: number },
): readonly [Value, Value] {
  const outputs = [graph.fresh('Split'), graph.fresh('Split')] as const;
  graph.nodeWithOutputs({
    operator: 'Split',
    domain: '',
    inputs: [value, sizes],
    outputs,
    attributes: { axis: { int: axis } },
  });
  return outputs;
}
