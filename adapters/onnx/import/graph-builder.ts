import type { AttributeValue, ElementType, OnnxGraph, OnnxNode, OnnxPort, OnnxTensor } from './onnx-model.ts';

/** Name of a value that flows through the graph. */
export type Value = string;

export interface NodeOptions {
  readonly domain?: OnnxNode['domain'];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

/** Collects nodes and constants and gives every value a name of its own. */
export interface GraphBuilder {
  readonly input: (port: OnnxPort) => Value;
  /** Names the value as an output of the graph. */
  readonly output: (port: OnnxPort, value: Value) => void;
  readonly node: (operator: string, inputs: readonly Value[], options?: NodeOptions) => Value;
  /** A node with several outputs; '' in place of a name leaves an output out. */
  readonly nodeWithOutputs: (node: OnnxNode) => void;
  /** A name not used yet. */
  readonly fresh: (stem: string) => Value;
  readonly tensor: (tensor: OnnxTensor) => Value;
  readonly floats: (stem: string, values: Float32Array) => Value;
  /** Under exactly this name, so that a reader of the file finds it; with `columns` as a matrix. */
  readonly namedFloats: (name: string, values: Float32Array, columns?: number) => Value;
  readonly namedDoubles: (name: string, values: Float64Array) => Value;
  /** The same numbers in the same shape are stored once. */
  readonly ints: (values: readonly number[]) => Value;
  readonly scalarInt: (value: number) => Value;
  readonly scalarFloat: (value: number) => Value;
  readonly finish: (name: string) => OnnxGraph;
}

export function graphBuilder(): GraphBuilder {
  const nodes: OnnxNode[] = [];
  const tensors = new Map<string, OnnxTensor>();
  const inputs: OnnxPort[] = [];
  const outputs: OnnxPort[] = [];
  let names = 0;

  function fresh(stem: string): Value {
    names += 1;
    return `${stem}_${names}`;
  }

  function tensor(content: OnnxTensor): Value {
    tensors.set(content.name, content);
    return content.name;
  }

  function constant(name: string, type: ElementType, data: ConstantData): Value {
    const content = new Uint8Array(data.values.buffer, data.values.byteOffset, data.values.byteLength);
    return tensor({ name, type, dimensions: data.dimensions, content });
  }

  return {
    fresh,
    tensor,
    input: (port) => {
      inputs.push(port);
      return port.name;
    },
    output: (port, value) => {
      outputs.push(port);
      nodes.push({ operator: 'Identity', domain: '', inputs: [value], outputs: [port.name], attributes: {} });
    },
    node: (operator, nodeInputs, { domain = '', attributes = {} } = {}) => {
      const output = fresh(operator);
      nodes.push({ operator, domain, inputs: nodeInputs, outputs: [output], attributes });
      return output;
    },
    nodeWithOutputs: (node) => nodes.push(node),
    floats: (stem, values) => constant(fresh(stem), 'float32', { values, dimensions: [values.length] }),
    namedFloats: (name, values, columns) =>
      constant(name, 'float32', {
        values,
        dimensions: columns === undefined ? [values.length] : [values.length / columns, columns],
      }),
    namedDoubles: (name, values) => constant(name, 'float64', { values, dimensions: [values.length] }),
    ints: (values) =>
      constant(`ints_${values.join('_')}`, 'int64', {
        values: BigInt64Array.from(values, BigInt),
        dimensions: [values.length],
      }),
    scalarInt: (value) =>
      constant(`int_${value}`, 'int64', { values: BigInt64Array.of(BigInt(value)), dimensions: [] }),
    scalarFloat: (value) =>
      constant(`float_${value}`, 'float32', { values: Float32Array.of(value), dimensions: [] }),
    finish: (name) => ({ name, nodes, tensors: [...tensors.values()], inputs, outputs }),
  };
}

interface ConstantData {
  readonly values: Float32Array | Float64Array | BigInt64Array;
  readonly dimensions: readonly number[];
}
