/** Thrown when a read goes past the bytes at hand; whoever owns the file knows whether there are more. */
export class EndOfBytes extends Error {
  override readonly name = 'EndOfBytes';
}

/** Reads little-endian values one after another. */
export interface HeaderCursor {
  /** Bytes read so far. */
  readonly position: () => number;
  readonly uint8: () => number;
  readonly int8: () => number;
  readonly uint16: () => number;
  readonly int16: () => number;
  readonly uint32: () => number;
  readonly int32: () => number;
  readonly uint64: () => bigint;
  readonly int64: () => bigint;
  readonly float32: () => number;
  readonly float64: () => number;
  readonly text: (byteLength: number) => string;
}

export function headerCursor(bytes: Buffer): HeaderCursor {
  let position = 0;

  function take(byteLength: number): number {
    if (byteLength > bytes.length - position) throw new EndOfBytes();
    const start = position;
    position += byteLength;
    return start;
  }

  return {
    position: () => position,
    uint8: () => bytes.readUInt8(take(1)),
    int8: () => bytes.readInt8(take(1)),
    uint16: () => bytes.readUInt16LE(take(2)),
    int16: () => bytes.readInt16LE(take(2)),
    uint32: () => bytes.readUInt32LE(take(4)),
    int32: () => bytes.readInt32LE(take(4)),
    uint64: () => bytes.readBigUInt64LE(take(8)),
    int64: () => bytes.readBigInt64LE(take(8)),
    float32: () => bytes.readFloatLE(take(4)),
    float64: () => bytes.readDoubleLE(take(8)),
    text: (byteLength) => {
      const start = take(byteLength);
      return bytes.toString('utf8', start, start + byteLength);
    },
  };
}
