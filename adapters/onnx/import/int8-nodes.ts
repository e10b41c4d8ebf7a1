import type { StoredMatrix } from './decoder-weights.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';

import { elementTypes } from './onnx-model.ts';
import { int8ZeroPoint } from './quantize-int8.ts';

/** A stored matrix as two constants of the graph; made once, however often it is used. */
export interface MatrixConstant {
  readonly matrix: StoredMatrix;
  readonly bytes: Value;
  readonly scales: Value;
}

export function matrixConstant(graph: GraphBuilder, name: string, matrix: StoredMatrix): MatrixConstant {
  const blocks = matrix.columns / matrix.blockSize;
  return {
    matrix,
    bytes: graph.tensor({
      name: `${name}.bytes`,
      type: 'uint8',
      dimensions: [matrix.rows, blocks, matrix.blockSize],
      content: matrix.bytes,
    }),
    scales: graph.tensor({
      name: `${name}.scales`,
      type: 'float32',
      dimensions: [matrix.rows, blocks],
      content: matrix.scales,
    }),
  };
}

/** 0 computes in float32, 4 rounds the other operand to int8 too, which is many times faster. */
export type AccuracyLevel = 0 | 4;

/** [..., columns] times the transposed matrix: [..., rows] */
export function multiply(
  graph: GraphBuilder,
  value: Value,
  { constant, accuracyLevel }: { readonly constant: MatrixConstant; readonly accuracyLevel: AccuracyLevel },
): Value {
  const { matrix, bytes, scales } = constant;
  return graph.node('MatMulNBits', [value, bytes, scales], {
    domain: 'com.microsoft',
    attributes: {
      K: { int: matrix.columns },
      N: { int: matrix.rows },
      bits: { int: 8 },
      block_size: { int: matrix.blockSize },
      accuracy_level: { int: accuracyLevel },
    },
  });
}

/** The rows of the matrix at the given indexes, as floats: [...indexes, columns] */
export function lookUpRows(graph: GraphBuilder, constant: MatrixConstant, indexes: Value): Value {
  const float = { attributes: { to: { int: elementTypes.float32 } } };
  const bytes = graph.node('Cast', [graph.node('Gather', [constant.bytes, indexes])], float);
  const steps = graph.node('Sub', [bytes, graph.scalarFloat(int8ZeroPoint)]);
  const scales = graph.node('Unsqueeze', [
    graph.node('Gather', [constant.scales, indexes]),
    graph.ints([-1]),
  ]);
  return graph.node('Reshape', [
    graph.node('Mul', [steps, scales]),
    graph.ints([0, 0, constant.matrix.columns]),
  ]);
}
