/** Writes GGUF files for tests, after the format's own description and without the importer's code. */

export type GgufEntry =
  | { readonly type: 'uint32' | 'int32' | 'float32' | 'uint64'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'int32s' | 'float32s'; readonly value: readonly number[] }
  /** A value that no writer would produce. */
  | { readonly type: 'raw'; readonly value: Uint8Array };

export interface GgufTensorContent {
  readonly name: string;
  /** Innermost first. */
  readonly dimensions: readonly number[];
  readonly typeNumber: number;
  readonly bytes: Uint8Array;
}

export interface GgufContent {
  readonly metadata: Readonly<Record<string, GgufEntry>>;
  readonly tensors: readonly GgufTensorContent[];
  /** @default 3 */
  readonly version?: number;
}

const alignment = 32;

export function ggufBytes({ metadata, tensors, version = 3 }: GgufContent): Buffer {
  const entries = Object.entries(metadata);
  const parts = [Buffer.from('GGUF'), uint32(version), uint64(tensors.length), uint64(entries.length)];
  for (const [key, entry] of entries) parts.push(text(key), value(entry));
  let offset = 0;
  for (const tensor of tensors) {
    parts.push(text(tensor.name), uint32(tensor.dimensions.length), ...tensor.dimensions.map(uint64));
    parts.push(uint32(tensor.typeNumber), uint64(offset));
    offset += padded(tensor.bytes.length);
  }
  const header = Buffer.concat(parts);
  const data = tensors.map(({ bytes }) => fill(bytes));
  return Buffer.concat([fill(header), ...data]);
}

function value(entry: GgufEntry): Buffer {
  switch (entry.type) {
    case 'uint32':
      return Buffer.concat([uint32(4), uint32(entry.value)]);
    case 'int32':
      return Buffer.concat([uint32(5), int32(entry.value)]);
    case 'float32':
      return Buffer.concat([uint32(6), float32(entry.value)]);
    case 'bool':
      return Buffer.concat([uint32(7), Buffer.of(entry.value ? 1 : 0)]);
    case 'string':
      return Buffer.concat([uint32(8), text(entry.value)]);
    case 'uint64':
      return Buffer.concat([uint32(10), uint64(entry.value)]);
    case 'strings':
      return Buffer.concat([uint32(9), uint32(8), uint64(entry.value.length), ...entry.value.map(text)]);
    case 'int32s':
      return Buffer.concat([uint32(9), uint32(5), uint64(entry.value.length), ...entry.value.map(int32)]);
    case 'float32s':
      return Buffer.concat([uint32(9), uint32(6), uint64(entry.value.length), ...entry.value.map(float32)]);
    case 'raw':
      return Buffer.from(entry.value);
  }
}

function text(content: string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

export function uint32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
}

function int32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(number);
  return bytes;
}

export function uint64(number: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(number));
  return bytes;
}

function float32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(number);
  return bytes;
}

function fill(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(padded(bytes.length) - bytes.length)]);
}

function padded(byteLength: number): number {
  return Math.ceil(byteLength / alignment) * alignment;
}
