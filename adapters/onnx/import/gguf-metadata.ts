import type { HeaderCursor } from './header-cursor.ts';
import { ModelImportError } from './model-import-error.ts';

export type GgufValue = number | bigint | boolean | string | readonly GgufValue[];
export type GgufMetadata = ReadonlyMap<string, GgufValue>;

/** Far above any real model (a vocabulary is the longest array, a chat template the longest text), far below harm. */
const limits = { entries: 65_536, arrayLength: 4_194_304, textBytes: 16_777_216 } as const;

const arrayType = 9;

export function readMetadata(cursor: HeaderCursor, count: bigint): GgufMetadata {
  const entryCount = within(count, limits.entries, 'metadata entries');
  const metadata = new Map<string, GgufValue>();
  for (let entry = 0; entry < entryCount; entry += 1) {
    const key = readText(cursor, 'a metadata key');
    if (metadata.has(key)) throw new ModelImportError('invalid-metadata', `${key} is in the file twice.`);
    metadata.set(key, readValue(cursor, key));
  }
  return metadata;
}

export function readText(cursor: HeaderCursor, what: string): string {
  return cursor.text(within(cursor.uint64(), limits.textBytes, `bytes of ${what}`));
}

/** A count from the file as a number, refused before anything is allocated for it. */
export function within(count: bigint, limit: number, what: string): number {
  if (count > BigInt(limit)) {
    throw new ModelImportError(
      'invalid-metadata',
      `The file claims ${count} ${what}; at most ${limit} are read.`,
    );
  }
  return Number(count);
}

function readValue(cursor: HeaderCursor, key: string): GgufValue {
  const type = cursor.uint32();
  if (type !== arrayType) return readScalar(cursor, { type, key });
  const elementType = cursor.uint32();
  const length = within(cursor.uint64(), limits.arrayLength, `elements in ${key}`);
  const values: GgufValue[] = [];
  for (let index = 0; index < length; index += 1) values.push(readScalar(cursor, { type: elementType, key }));
  return values;
}

function readScalar(cursor: HeaderCursor, { type, key }: { type: number; key: string }): GgufValue {
  const read = scalarReaders[type];
  if (read === undefined) {
    throw new ModelImportError('invalid-metadata', `${key} has the value type ${type}, which is not read.`);
  }
  return read(cursor, key);
}

/** By the value type number in the file; 9, an array, is no scalar, and arrays of arrays are not read. */
const scalarReaders: Readonly<Record<number, (cursor: HeaderCursor, key: string) => GgufValue>> = {
  0: (cursor) => cursor.uint8(),
  1: (cursor) => cursor.int8(),
  2: (cursor) => cursor.uint16(),
  3: (cursor) => cursor.int16(),
  4: (cursor) => cursor.uint32(),
  5: (cursor) => cursor.int32(),
  6: (cursor) => cursor.float32(),
  7: (cursor) => cursor.uint8() !== 0,
  8: (cursor, key) => readText(cursor, key),
  10: (cursor) => numberIfExact(cursor.uint64()),
  11: (cursor) => numberIfExact(cursor.int64()),
  12: (cursor) => cursor.float64(),
};

function numberIfExact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
