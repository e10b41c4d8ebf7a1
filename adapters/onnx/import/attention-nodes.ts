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
  /**
   * Added to the scores of cached positions: 0 where the position counts. float32 [rows, 1, 1, cached], or with a window
   * [rows, 1, group * new tokens, cached]
   */
  readonly pastMask: Value;
  /** Added to the scores of new positions: 0 where not later and not before the window. float32 [group * new tokens, new tokens] */
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
  const masks = { pastLength: inputs.pastLength, pastCount, newRange };
  return {
    ...rotaryTables(graph, { ...inputs, newRange, frequencies }),
    ...(windowTokens === undefined
      ? {
          pastMask: pastMask(graph, masks),
          newMask: forGroup(graph, causalMask(graph, newRange), [group, 1]),
        }
      : windowMasks(graph, masks, { windowTokens, group })),
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
}

function pastMask(graph: GraphBuilder, { pastLength, pastCount }: MaskInputs): Value {
  const length = graph.node('Unsqueeze', [pastLength, graph.ints([1, 2, 3])]);
  return maskWhereNot(graph, graph.node('Less', [upTo(graph, pastCount), length]));
}

function causalMask(graph: GraphBuilder, newRange: Value): Value {
  const asker = graph.node('Unsqueeze', [newRange, graph.ints([1])]);
  return maskWhereNot(graph, graph.node('LessOrEqual', [newRange, asker]));
}

/** The masks of a layer in which a token sees only those less than a window before it. */
function windowMasks(
  graph: GraphBuilder,
  { pastLength, pastCount, newRange }: MaskInputs,
  { windowTokens, group }: { readonly windowTokens: number; readonly group: number },
): Pick<AttentionFrame, 'pastMask' | 'newMask'> {
  const both = (left: Value, right: Value): Value => maskWhereNot(graph, graph.node('And', [left, right]));
  const oneBeforeWindow = graph.node('Sub', [newRange, graph.scalarInt(windowTokens)]);
  const length = graph.node('Unsqueeze', [pastLength, graph.ints([1, 2, 3])]);
  const past = upTo(graph, pastCount);
  const pastEdge = graph.node('Add', [length, graph.node('Unsqueeze', [oneBeforeWindow, graph.ints([1])])]);
  const counted = graph.node('Less', [past, length]);
  const asker = graph.node('Unsqueeze', [newRange, graph.ints([1])]);
  const newEdge = graph.node('Unsqueeze', [oneBeforeWindow, graph.ints([1])]);
  return {
    pastMask: forGroup(graph, both(counted, graph.node('Greater', [past, pastEdge])), [1, 1, group, 1]),
    newMask: forGroup(
      graph,
      both(graph.node('LessOrEqual', [newRange, asker]), graph.node('Greater', [newRange, newEdge])),
      [group, 1],
    ),
  };
}

/** The query heads that share a key head lie below each other in the token axis, and all see the same. */
function forGroup(graph: GraphBuilder, mask: Value, repeats: readonly number[]): Value {
  return graph.node('Tile', [mask, graph.ints(repeats)]);
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
  const [queryKey, flatValue] = split(graph, queryKeyValue, {
    sizes: graph.ints([(queryHeads + keyValueHeads) * headSize, keyValueHeads * headSize]),
    axis: 2,
  });
  const normed = headGains === undefined ? queryKey : normHeads(graph, { queryKey, headGains }, parameters);
  const [flatQuery, flatKey] = split(graph, rotate(graph, normed, { frame, architecture }), {
    sizes: graph.ints([queryHeads * headSize, keyValueHeads * headSize]),
    axis: 2,
  });
  const query = graph.node('Reshape', [
    headsFirst(graph, flatQuery, [queryHeads, headSize]),
    graph.ints([0, keyValueHeads, -1, headSize]),
  ]);
  const newKey = headsFirst(graph, flatKey, [keyValueHeads, headSize]);
  const newValue = headsFirst(graph, flatValue, [keyValueHeads, headSize]);
  const scoresOf = (keys: Value): Value =>
    softcap(graph, graph.node('MatMul', [query, keys]), attentionSoftcap);
  const pastScores = graph.node('Add', [scoresOf(pastKey), frame.pastMask]);
  const newScores = graph.node('Add', [scoresOf(transpose(graph, newKey, [0, 1, 3, 2])), frame.newMask]);
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

/** cap * tanh(x / cap): nearly x where x is small, and never beyond the cap. */
export function softcap(graph: GraphBuilder, value: Value, cap: number | undefined): Value {
  if (cap === undefined) return value;
  const share = graph.node('Tanh', [graph.node('Mul', [value, graph.scalarFloat(1 / cap)])]);
  return graph.node('Mul', [share, graph.scalarFloat(cap)]);
}

/** The root mean square norm of each head's part, times gains that differ between queries and keys. */
function normHeads(
  graph: GraphBuilder,
  { queryKey, headGains }: { readonly queryKey: Value; readonly headGains: Value },
  { queryHeads, keyValueHeads, headSize, normEpsilon }: DecoderParameters,
): Value {
  const heads = queryHeads + keyValueHeads;
  const byHead = graph.node('Reshape', [queryKey, graph.ints([0, 0, heads, headSize])]);
  const ones = graph.floats('ones', new Float32Array(headSize).fill(1));
  const normed = graph.node('SimplifiedLayerNormalization', [byHead, ones], {
    attributes: { axis: { int: -1 }, epsilon: { float: normEpsilon } },
  });
  return graph.node('Reshape', [
    graph.node('Mul', [normed, headGains]),
    graph.ints([0, 0, heads * headSize]),
  ]);
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
