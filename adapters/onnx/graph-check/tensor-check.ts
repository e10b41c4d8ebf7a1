import type { ExternalFiles } from './external-files.ts';
import { elementBits, elementTypeName, textElementType } from './element-types.ts';
import { GraphProblem } from './graph-problem.ts';
import type { Span, WireReader } from './wire-reader.ts';

/** The most elements of a tensor: a terabyte of bytes. */
const maxElements = 2 ** 40;

/** What is collected of a `TensorProto`. */
interface Tensor {
  name: string;
  dimensions: number[];
  type: number;
  /** Bytes of `raw_data`. */
  rawBytes: number | undefined;
  /** Bytes of the typed fields, such as `float_data`. */
  typedBytes: number;
  readonly external: Map<string, string>;
  isExternal: boolean;
}

/** Checks that a tensor has the bytes its dimensions promise, in the graph or in a file of the folder. Returns its name. */
export function checkTensor(reader: WireReader, span: Span, files: ExternalFiles): string {
  const tensor = readTensor(reader, span);
  const bytes = declaredBytes(tensor);
  // The location is checked even where the tensor does not say that its data lie outside.
  if (tensor.isExternal || tensor.external.size > 0) files.check(tensor.name, tensor.external, bytes);
  else checkInline(tensor, bytes);
  return tensor.name;
}

/** Values and indices of a `SparseTensorProto` are tensors. */
export function checkSparseTensor(reader: WireReader, span: Span, files: ExternalFiles): string {
  let name = '';
  for (const field of reader.fields(span)) {
    if (field.type !== 'bytes') continue;
    if (field.number === 1) name = checkTensor(reader, field.span, files);
    if (field.number === 2) checkTensor(reader, field.span, files);
  }
  return name;
}

function readTensor(reader: WireReader, span: Span): Tensor {
  const tensor: Tensor = {
    name: '',
    dimensions: [],
    type: 0,
    rawBytes: undefined,
    typedBytes: 0,
    external: new Map(),
    isExternal: false,
  };
  for (const field of reader.fields(span)) {
    if (field.type === 'varint') readNumber(tensor, field);
    else if (field.type === 'bytes') readBytes(reader, tensor, field);
    else tensor.typedBytes += field.span.end - field.span.start;
  }
  return tensor;
}

function readNumber(
  tensor: Tensor,
  { number, value }: { readonly number: number; readonly value: number },
): void {
  if (number === 1) tensor.dimensions.push(value);
  else if (number === 2) tensor.type = value;
  else if (number === 14) tensor.isExternal = value === 1;
  // int32_data and the like, one by one.
  else tensor.typedBytes += 1;
}

function readBytes(
  reader: WireReader,
  tensor: Tensor,
  { number, span }: { readonly number: number; readonly span: Span },
): void {
  switch (number) {
    case 1:
      for (const value of reader.varints(span)) tensor.dimensions.push(value);
      return;
    case 8:
      tensor.name = reader.text(span);
      return;
    case 9:
      tensor.rawBytes = span.end - span.start;
      return;
    case 13:
      readEntry(reader, tensor, span);
      return;
    default:
      tensor.typedBytes += span.end - span.start;
  }
}

function readEntry(reader: WireReader, { name, external }: Tensor, span: Span): void {
  let key = '';
  let value = '';
  for (const field of reader.fields(span)) {
    if (field.type !== 'bytes') continue;
    if (field.number === 1) key = reader.text(field.span);
    if (field.number === 2) value = reader.text(field.span);
  }
  if (external.has(key)) throw new GraphProblem(`says twice where the data of "${name}" are`);
  external.set(key, value);
}

/** `undefined` for texts. */
function declaredBytes({ name, dimensions, type }: Tensor): number | undefined {
  const elements = dimensions.reduce((product, dimension) => product * dimension, 1);
  const legal = dimensions.every((dimension) => dimension >= 0) && elements <= maxElements;
  if (!legal) throw new GraphProblem(`has a tensor "${name}" of impossible size, ${dimensions.join(' x ')}`);
  if (type === textElementType) return undefined;
  const bits = elementBits(type);
  if (bits === undefined)
    throw new GraphProblem(`has a tensor "${name}" of an unknown element type, ${type}`);
  return Math.ceil((elements * bits) / 8);
}

function checkInline({ name, type, rawBytes, typedBytes }: Tensor, bytes: number | undefined): void {
  if (bytes === undefined) return;
  if (rawBytes !== undefined && rawBytes !== bytes)
    throw new GraphProblem(
      `has ${rawBytes} bytes for the tensor "${name}", whose ${elementTypeName(type)} elements take ${bytes}`,
    );
  // Lists of numbers take at least a byte for eight bytes of the tensor's: its dimensions may promise no more.
  if (rawBytes === undefined && bytes > 8 * typedBytes)
    throw new GraphProblem(
      `has too few numbers for the tensor "${name}", whose ${elementTypeName(type)} elements take ${bytes} bytes`,
    );
}
