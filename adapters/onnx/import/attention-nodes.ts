import type { Architecture } from './architectures.ts';
import type { DecoderParameters, RotaryParameters } from './decoder-parameters.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';

import { elementTypes } from './onnx-model.ts';

/** What every layer's attention needs and none of them changes; layers with a sliding window have a frame of their own. */
export interface AttentionFrame {
  /** float32 [rows * new tokens, headSize / 2] */
  readonly cosines: Value;
  readonly sines: Value;
  /** int64 [rows, new tokens]: which line of the two tables a token uses. */
  readonly tableLines: Value;
  /** Added to the scores: 0 where a token sees a position. float32 [rows, 1, group * new tokens, cached + new tokens] */
  readonly mask: Value;
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

export interface FrameOptions {
  readonly parameters: DecoderParameters;
  readonly rotary: RotaryParameters;
  readonly ropeFactors: Float32Array | undefined;
  /** A token sees so many, itself included. Undefined is all. */
  readonly windowTokens: number | undefined;
}

export function attentionFrame(
  graph: GraphBuilder,
  inputs: FrameInputs,
  { parameters, rotary, ropeFactors, windowTokens }: FrameOptions,
): AttentionFrame {
  const newCount = graph.node('Shape', [inputs.tokens], { attributes: { start: { int: 1 } } });
  const pastCount = graph.node('Shape', [inputs.anyPastKey], { attributes: { start: { int: 3 } } });
  const newRange = upTo(graph, newCount);
  const group = parameters.queryHeads / parameters.keyValueHeads;
  const frequencies = graph.namedDoubles(
    windowTokens === undefined ? 'rotary_frequencies' : 'window_rotary_frequencies',
    frequenciesOf(parameters, rotary, ropeFactors),
  );
  return {
    ...rotaryTables(graph, { ...inputs, newRange, frequencies }),
    mask: mask(graph, { pastLength: inputs.pastLength, pastCount, newRange, windowTokens, group }),
    spans: graph.node('Concat', [pastCount, newCount], { attributes: { axis: { int: 0 } } }),
  };
}

/** Per pair i of a head: 1 / (divisor * factor_i * base ^ (2i / headSize)). */
function frequenciesOf(
  { headSize }: DecoderParameters,
  { base, positionDivisor }: RotaryParameters,
  factors: Float32Array | undefined,
): Float64Array {
  return Float64Array.from({ length: headSize / 2 }, (_, pair) => {
    return base ** ((-2 * pair) / headSize) / positionDivisor / (factors?.[pair] ?? 1);
  });
}

interface RotaryInputs extends FrameInputs {
  readonly newRange: Value;
  readonly frequencies: Value;
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
    inputs.frequencies,
  ]);
  const float = { attributes: { to: { int: elementTypes.float32 } } };
  const lineCount = graph.node('Reshape', [graph.node('Size', [inputs.tokens]), graph.ints([1])]);
  return {
    cosines: graph.node('Cast', [graph.node('Cos', [angles])], float),
    sines: graph.node('Cast', [graph.node('Sin', [angles])], float),
    tableLines: graph.node('Reshape', [upTo(graph, lineCount), graph.node('Shape', [inputs.tokens])]),
  };
}

interface MaskInputs {
  readonly pastLength: Value;
  readonly pastCount: Value;
  readonly newRange: Value;
  readonly windowTokens: number | undefined;
  readonly group: number;
}

/**
 * A token sees the cached positions that are filled and the new ones that are not later; with a window, those of both that are less
 * than a window before it. The query heads that share a key head lie below each other in the token axis, and all see the same.
 */
function mask(graph: GraphBuilder, inputs: MaskInputs): Value {
  const { pastCount, newRange, windowTokens, group } = inputs;
  const past = upTo(graph, pastCount);
  const token = graph.node('Unsqueeze', [newRange, graph.ints([1])]);
  const length = graph.node('Unsqueeze', [inputs.pastLength, graph.ints([1, 2, 3])]);
  const both = (left: Value, right: Value): Value => graph.node('And', [left, right]);
  let filled = both(graph.node('Less', [past, length]), notNegative(graph, token));
  let notLater = both(graph.node('LessOrEqual', [newRange, token]), notNegative(graph, length));
  if (windowTokens !== undefined) {
    const edge = graph.node('Sub', [token, graph.scalarInt(windowTokens)]);
    filled = both(filled, graph.node('Greater', [past, graph.node('Add', [length, edge])]));
    notLater = both(notLater, graph.node('Greater', [newRange, edge]));
  }
  const seen = graph.node('Concat', [filled, notLater], { attributes: { axis: { int: -1 } } });
  const added = graph.node('Where', [seen, graph.scalarFloat(0), graph.scalarFloat(masked)]);
  return graph.node('Tile', [added, graph.ints([1, 1, group, 1])]);
}

/** True for all: to be joined, masks must have been spread over all rows and tokens. */
function notNegative(graph: GraphBuilder, value: Value): Value {
  return graph.node('GreaterOrEqual', [value, graph.scalarInt(0)]);
}

/** 0, 1 ... below the one number in `count`. */
function upTo(graph: GraphBuilder, count: Value): Value {
  const limit = graph.node('Squeeze', [count, graph.ints([0])]);
  return graph.node('Range', [graph.scalarInt(0), limit, graph.scalarInt(1)]);
}

export interface AttentionInputs {
  /** Queries (already scaled unless they are normed), keys and values of the new tokens side by side. */
  readonly queryKeyValue: Value;
  /** Gains of the norms of the heads, where there are any: [queryHeads + keyValueHeads, headSize]. */
  readonly headGains: Value | undefined;
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
  { queryKeyValue, headGains, pastKey, pastValue, frame }: AttentionInputs,
  parameters: DecoderParameters,
): AttentionOutputs {
  const { queryHeads, keyValueHeads, headSize, architecture, attentionSoftcap } = parameters;
  const [queryKey, newValue] = split(graph, headsFirst(graph, queryKeyValue, parameters), {
    sizes: graph.ints([queryHeads + keyValueHeads, keyValueHeads]),
    axis: 1,
  });
  const normed = headGains === undefined ? queryKey : normHeads(graph, { queryKey, headGains }, parameters);
  const [ownQuery, newKey] = split(graph, rotate(graph, normed, { frame, architecture }), {
    sizes: graph.ints([queryHeads, keyValueHeads]),
    axis: 1,
  });
  const query = graph.node('Reshape', [ownQuery, graph.ints([0, keyValueHeads, -1, headSize])]);
  const scoresOf = (keys: Value): Value =>
    softcap(graph, graph.node('MatMul', [query, keys]), attentionSoftcap);
  const lastAxis = { attributes: { axis: { int: -1 } } };
  const newScores = scoresOf(transpose(graph, newKey, [0, 1, 3, 2]));
  const scores = graph.node('Concat', [scoresOf(pastKey), newScores], lastAxis);
  const weights = graph.node('Softmax', [graph.node('Add', [scores, frame.mask])], lastAxis);
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

/** cap * tanh(x / cap): nearly x where x is small, and never beyond the cap. */
export function softcap(graph: GraphBuilder, value: Value, cap: number | undefined): Value {
  if (cap === undefined) return value;
  const share = graph.node('Tanh', [graph.node('Mul', [value, graph.scalarFloat(1 / cap)])]);
  return graph.node('Mul', [share, graph.scalarFloat(cap)]);
}

/** The root mean square norm of each head, times gains that differ between queries and keys. */
function normHeads(
  graph: GraphBuilder,
  { queryKey, headGains }: { readonly queryKey: Value; readonly headGains: Value },
  { headSize, normEpsilon }: DecoderParameters,
): Value {
  const ones = graph.floats('ones', new Float32Array(headSize).fill(1));
  const normed = graph.node('SimplifiedLayerNormalization', [queryKey, ones], {
    attributes: { axis: { int: -1 }, epsilon: { float: normEpsilon } },
  });
  return graph.node('Mul', [normed, graph.node('Unsqueeze', [headGains, graph.ints([1])])]);
}

/** GGUF keeps the rows of llama's queries and keys in the order that turns neighbouring pairs, and others as they are. */
function rotate(
  graph: GraphBuilder,
  value: Value,
  { frame, architecture }: { readonly frame: AttentionFrame; readonly architecture: Architecture },
): Value {
  return graph.node('RotaryEmbedding', [value, frame.tableLines, frame.cosines, frame.sines], {
    domain: 'com.microsoft',
    attributes: { interleaved: { int: architecture.rotaryPairs === 'neighbours' ? 1 : 0 } },
  });
}

/** [rows, tokens, heads * size] as [rows, heads, tokens, size]: all heads at once, for every step costs time of its own. */
function headsFirst(
  graph: GraphBuilder,
  queryKeyValue: Value,
  { queryHeads, keyValueHeads, headSize }: DecoderParameters,
): Value {
  const byHead = graph.ints([0, 0, queryHeads + 2 * keyValueHeads, headSize]);
  return transpose(graph, graph.node('Reshape', [queryKeyValue, byHead]), [0, 2, 1, 3]);
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
