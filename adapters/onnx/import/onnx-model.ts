import protobuf from 'protobufjs/minimal.js';

import type { Writer } from 'protobufjs';

/**
 * The few messages of ONNX that a graph needs, written by field number after `onnx.proto`
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
 */

export type AttributeValue =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number };

export interface OnnxNode {
  readonly operator: string;
  /** '' is ONNX's own domain. */
  readonly domain: '' | 'com.microsoft';
  /** '' is an input left out. */
  readonly inputs: readonly string[];
  /** '' is an output not wanted. */
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

export const elementTypes = { float32: 1, uint8: 2, int32: 6, int64: 7, float16: 10, float64: 11 } as const;
export type ElementType = keyof typeof elementTypes;

export interface OnnxTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly dimensions: readonly number[];
  /** Little-endian bytes in the graph itself, or a range of a file beside it. */
  readonly content: Uint8Array | ExternalRange;
}

export interface ExternalRange {
  readonly file: string;
  readonly offset: number;
  readonly byteLength: number;
}

export interface OnnxPort {
  readonly name: string;
  readonly type: ElementType;
  /** A number, or the name of a dimension known only at run time. */
  readonly dimensions: readonly (number | string)[];
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly OnnxTensor[];
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
}

const irVersion = 10;
const operatorSets = [
  { domain: '', version: 21 },
  { domain: 'com.microsoft', version: 1 },
] as const;

/** The bytes of a model file. */
export function encodeModel(graph: OnnxGraph): Uint8Array {
  const writer = protobuf.Writer.create();
  intField(writer, 1, irVersion);
  textField(writer, 2, 'switchyard');
  message(writer, 7, () => writeGraph(writer, graph));
  for (const { domain, version } of operatorSets) {
    message(writer, 8, () => {
      textField(writer, 1, domain);
      intField(writer, 2, version);
    });
  }
  return writer.finish();
}

function writeGraph(writer: Writer, graph: OnnxGraph): void {
  for (const [index, node] of graph.nodes.entries()) message(writer, 1, () => writeNode(writer, node, index));
  textField(writer, 2, graph.name);
  for (const tensor of graph.tensors) message(writer, 5, () => writeTensor(writer, tensor));
  for (const port of graph.inputs) message(writer, 11, () => writePort(writer, port));
  for (const port of graph.outputs) message(writer, 12, () => writePort(writer, port));
}

function writeNode(writer: Writer, node: OnnxNode, index: number): void {
  for (const input of node.inputs) textField(writer, 1, input);
  for (const output of node.outputs) textField(writer, 2, output);
  textField(writer, 3, `${node.operator}_${index}`);
  textField(writer, 4, node.operator);
  for (const [name, value] of Object.entries(node.attributes)) {
    message(writer, 5, () => writeAttribute(writer, name, value));
  }
  textField(writer, 7, node.domain);
}

function writeAttribute(writer: Writer, name: string, value: AttributeValue): void {
  textField(writer, 1, name);
  if ('int' in value) {
    intField(writer, 3, value.int);
    intField(writer, 20, 2);
  } else if ('float' in value) {
    writer.uint32(tag(2, 5)).float(value.float);
    intField(writer, 20, 1);
  } else {
    for (const int of value.ints) intField(writer, 8, int);
    intField(writer, 20, 7);
  }
}

function writeTensor(writer: Writer, tensor: OnnxTensor): void {
  for (const dimension of tensor.dimensions) intField(writer, 1, dimension);
  intField(writer, 2, elementTypes[tensor.type]);
  textField(writer, 8, tensor.name);
  if (tensor.content instanceof Uint8Array) {
    writer.uint32(tag(9, 2)).bytes(tensor.content);
    return;
  }
  const { file, offset, byteLength } = tensor.content;
  const entries = { location: file, offset: String(offset), length: String(byteLength) };
  for (const [key, value] of Object.entries(entries)) {
    message(writer, 13, () => {
      textField(writer, 1, key);
      textField(writer, 2, value);
    });
  }
  intField(writer, 14, 1);
}

function writePort(writer: Writer, port: OnnxPort): void {
  textField(writer, 1, port.name);
  message(writer, 2, () =>
    message(writer, 1, () => {
      intField(writer, 1, elementTypes[port.type]);
      message(writer, 2, () => {
        for (const dimension of port.dimensions) message(writer, 1, () => writeDimension(writer, dimension));
      });
    }),
  );
}

function writeDimension(writer: Writer, dimension: number | string): void {
  if (typeof dimension === 'number') intField(writer, 1, dimension);
  else textField(writer, 2, dimension);
}

function message(writer: Writer, field: number, writeFields: () => void): void {
  writer.uint32(tag(field, 2)).fork();
  writeFields();
  writer.ldelim();
}

function textField(writer: Writer, field: number, text: string): void {
  writer.uint32(tag(field, 2)).string(text);
}

function intField(writer: Writer, field: number, value: number): void {
  writer.uint32(tag(field, 0)).int64(value);
}

function tag(field: number, wireType: number): number {
  return (field << 3) | wireType;
}
