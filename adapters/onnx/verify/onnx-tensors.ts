import protobuf from 'protobufjs/minimal.js';

import type { Reader } from 'protobufjs';

/** A constant of an ONNX file: its bytes are in the file itself, or a range of a file beside it. */
export interface StoredTensor {
  readonly name: string;
  readonly dimensions: readonly number[];
  readonly content:
    | Uint8Array
    | { readonly file: string; readonly offset: number; readonly byteLength: number };
}

/**
 * The constants of a model file, read by field number after `onnx.proto` (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto):
 * ModelProto.graph is 7, GraphProto.initializer 5. Throws for bytes that are no such file.
 */
export function readOnnxTensors(bytes: Uint8Array): ReadonlyMap<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  eachField(protobuf.Reader.create(bytes), (field, model) => {
    if (field !== 7) return false;
    eachField(nested(model), (graphField, graph) => {
      if (graphField !== 5) return false;
      const tensor = readTensor(nested(graph));
      tensors.set(tensor.name, tensor);
      return true;
    });
    return true;
  });
  return tensors;
}

/** TensorProto: dims 1, name 8, raw_data 9, external_data 13. */
function readTensor(reader: Reader): StoredTensor {
  let name = '';
  let raw: Uint8Array = new Uint8Array();
  const dimensions: number[] = [];
  const external = new Map<string, string>();
  eachField(reader, (field, tensor, wireType) => {
    if (field === 1 && wireType === 0) dimensions.push(Number(tensor.int64()));
    else if (field === 8) name = tensor.string();
    else if (field === 9) raw = tensor.bytes();
    else if (field === 13) external.set(...readEntry(nested(tensor)));
    else return false;
    return true;
  });
  const file = external.get('location');
  if (file === undefined) return { name, dimensions, content: raw };
  const number = (key: string): number => Number(external.get(key) ?? 0);
  return { name, dimensions, content: { file, offset: number('offset'), byteLength: number('length') } };
}

/** StringStringEntryProto: key 1, value 2. */
function readEntry(reader: Reader): [string, string] {
  const entry: [string, string] = ['', ''];
  eachField(reader, (field, pair) => {
    if (field === 1) entry[0] = pair.string();
    else if (field === 2) entry[1] = pair.string();
    else return false;
    return true;
  });
  return entry;
}

function nested(reader: Reader): Reader {
  return protobuf.Reader.create(reader.bytes());
}

/** `take` reads the field's value and gives true, or leaves it and gives false. */
function eachField(reader: Reader, take: (field: number, reader: Reader, wireType: number) => boolean): void {
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (!take(tag >>> 3, reader, tag & 7)) reader.skipType(tag & 7);
  }
}
