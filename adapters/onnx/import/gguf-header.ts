import type { FileHandle } from 'node:fs/promises';
import type { GgufMetadata } from './gguf-metadata.ts';
import type { HeaderCursor } from './header-cursor.ts';
import type { TensorType } from './tensor-types.ts';

import { readMetadata, readText, within } from './gguf-metadata.ts';
import { EndOfBytes, headerCursor } from './header-cursor.ts';
import { ModelImportError } from './model-import-error.ts';
import { supportedTensorTypeNames, tensorTypeName, tensorTypeOf } from './tensor-types.ts';

export interface GgufTensor {
  readonly name: string;
  readonly type: TensorType;
  /** Innermost first: a matrix is [columns, rows]. */
  readonly dimensions: readonly number[];
  /** Where its bytes lie in the file. */
  readonly position: number;
  readonly byteLength: number;
}

export interface GgufHeader {
  readonly metadata: GgufMetadata;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

const firstReadBytes = 4 * 2 ** 20;
const largestHeaderBytes = 128 * 2 ** 20;
const largestTensorCount = 65_536;
const magic = 0x46554747;
const defaultAlignment = 32;

/**
 * Reads what precedes the weights. Strict, because a short or hostile file must not become a half model: counts are
 * bounded before anything is allocated, and every tensor has to lie inside the file.
 */
export async function readGgufHeader(file: FileHandle): Promise<GgufHeader> {
  const { size: fileBytes } = await file.stat();
  const mostBytes = Math.min(fileBytes, largestHeaderBytes);
  for (
    let byteLength = Math.min(firstReadBytes, mostBytes);
    ;
    byteLength = Math.min(4 * byteLength, mostBytes)
  ) {
    const bytes = Buffer.alloc(byteLength);
    const { bytesRead } = await file.read(bytes, 0, byteLength, 0);
    const header = tryParse(bytes.subarray(0, bytesRead), fileBytes);
    if (header !== undefined) return header;
    if (byteLength < mostBytes) continue;
    throw byteLength < fileBytes
      ? new ModelImportError('invalid-metadata', `The header is longer than ${largestHeaderBytes} bytes.`)
      : new ModelImportError('truncated', `The file ends inside its header, after ${fileBytes} bytes.`);
  }
}

/** Undefined when the bytes do not reach to the end of the header. */
function tryParse(bytes: Buffer, fileBytes: number): GgufHeader | undefined {
  try {
    return parse(headerCursor(bytes), fileBytes);
  } catch (error) {
    if (error instanceof EndOfBytes) return undefined;
    throw error;
  }
}

function parse(cursor: HeaderCursor, fileBytes: number): GgufHeader {
  if (cursor.uint32() !== magic) {
    throw new ModelImportError('not-gguf', 'The file does not start with the letters GGUF.');
  }
  const version = cursor.uint32();
  if (version !== 2 && version !== 3) {
    const found = version % 0x1_0000 === 0 ? 'in big-endian byte order' : `of version ${version}`;
    throw new ModelImportError(
      'unsupported-version',
      `The file is ${found}; little-endian 2 and 3 are read.`,
    );
  }
  const tensorCount = within(cursor.uint64(), largestTensorCount, 'tensors');
  const metadata = readMetadata(cursor, cursor.uint64());
  const entries = Array.from({ length: tensorCount }, () => readTensorEntry(cursor));
  const alignment = alignmentOf(metadata);
  const dataStart = Math.ceil(cursor.position() / alignment) * alignment;
  return { metadata, tensors: placeTensors(entries, { dataStart, alignment, fileBytes }) };
}

interface TensorEntry {
  readonly name: string;
  readonly type: TensorType;
  readonly dimensions: readonly number[];
  readonly byteLength: number;
  readonly offset: bigint;
}

function readTensorEntry(cursor: HeaderCursor): TensorEntry {
  const name = readText(cursor, 'a tensor name');
  const dimensionCount = cursor.uint32();
  if (dimensionCount < 1 || dimensionCount > 4) {
    throw new ModelImportError(
      'invalid-tensor',
      `${name} has ${dimensionCount} dimensions; 1 to 4 are possible.`,
    );
  }
  const dimensions = Array.from({ length: dimensionCount }, () => Number(cursor.uint64()));
  const typeNumber = cursor.uint32();
  const type = tensorTypeOf(typeNumber);
  if (type === undefined) {
    throw new ModelImportError(
      'unsupported-tensor-type',
      `${name} is stored as ${tensorTypeName(typeNumber)}; read are ${supportedTensorTypeNames()}.`,
    );
  }
  return {
    name,
    type,
    dimensions,
    byteLength: byteLengthOf(name, dimensions, type),
    offset: cursor.uint64(),
  };
}

function byteLengthOf(name: string, dimensions: readonly number[], type: TensorType): number {
  const weights = dimensions.reduce((product, dimension) => product * dimension, 1);
  const columns = dimensions[0] ?? 0;
  if (weights < 1 || !Number.isSafeInteger(weights) || columns % type.blockSize !== 0) {
    throw new ModelImportError(
      'invalid-tensor',
      `${name} has the impossible dimensions [${dimensions.join(', ')}] for ${type.name}.`,
    );
  }
  return (weights / type.blockSize) * type.blockBytes;
}

function alignmentOf(metadata: GgufMetadata): number {
  const alignment = metadata.get('general.alignment') ?? defaultAlignment;
  if (typeof alignment !== 'number' || !Number.isInteger(alignment) || alignment < 1 || alignment > 2 ** 20) {
    throw new ModelImportError('invalid-metadata', `general.alignment is ${String(alignment)}.`);
  }
  return alignment;
}

interface DataPlace {
  readonly dataStart: number;
  readonly alignment: number;
  readonly fileBytes: number;
}

function placeTensors(
  entries: readonly TensorEntry[],
  { dataStart, alignment, fileBytes }: DataPlace,
): ReadonlyMap<string, GgufTensor> {
  const tensors = new Map<string, GgufTensor>();
  for (const { offset, ...entry } of entries) {
    const position = dataStart + Number(offset);
    if (tensors.has(entry.name)) {
      throw new ModelImportError('invalid-tensor', `${entry.name} is in the file twice.`);
    }
    if (Number(offset) % alignment !== 0) {
      throw new ModelImportError(
        'invalid-tensor',
        `${entry.name} does not start at a multiple of ${alignment}.`,
      );
    }
    if (position + entry.byteLength > fileBytes) {
      throw new ModelImportError(
        'truncated',
        `${entry.name} ends at byte ${position + entry.byteLength}, but the file has only ${fileBytes}.`,
      );
    }
    tensors.set(entry.name, { ...entry, position });
  }
  return tensors;
}
