import { elementTypeName } from './element-types.ts';
import type { Span, WireReader } from './wire-reader.ts';

/** An input or an output of a graph. */
export interface GraphPort {
  readonly name: string;
  /** Such as `float16`; `undefined` for what is no tensor. */
  readonly type: string | undefined;
  /** A number, or `undefined` for a dimension known only at run time. Without a declared shape `undefined` as a whole. */
  readonly dimensions: readonly (number | undefined)[] | undefined;
}

/** Reads a `ValueInfoProto`. */
export function readPort(reader: WireReader, span: Span): GraphPort {
  let name = '';
  let type: PortType = untyped;
  for (const field of reader.fields(span)) {
    if (field.type !== 'bytes') continue;
    if (field.number === 1) name = reader.text(field.span);
    if (field.number === 2) type = readType(reader, field.span);
  }
  return { name, ...type };
}

type PortType = Omit<GraphPort, 'name'>;

const untyped: PortType = { type: undefined, dimensions: undefined };

/** A `TypeProto`: of the kinds of types only that of tensors counts. */
function readType(reader: WireReader, span: Span): PortType {
  let type = untyped;
  for (const field of reader.fields(span))
    if (field.number === 1 && field.type === 'bytes') type = readTensorType(reader, field.span);
  return type;
}

function readTensorType(reader: WireReader, span: Span): PortType {
  let type: string | undefined;
  let dimensions: GraphPort['dimensions'];
  for (const field of reader.fields(span)) {
    if (field.number === 1 && field.type === 'varint') type = elementTypeName(field.value);
    if (field.number === 2 && field.type === 'bytes') dimensions = readShape(reader, field.span);
  }
  return { type, dimensions };
}

function readShape(reader: WireReader, span: Span): (number | undefined)[] {
  const dimensions: (number | undefined)[] = [];
  for (const field of reader.fields(span))
    if (field.number === 1 && field.type === 'bytes') dimensions.push(readDimension(reader, field.span));
  return dimensions;
}

function readDimension(reader: WireReader, span: Span): number | undefined {
  let dimension: number | undefined;
  for (const field of reader.fields(span))
    dimension = field.number === 1 && field.type === 'varint' ? field.value : undefined;
  return dimension;
}
