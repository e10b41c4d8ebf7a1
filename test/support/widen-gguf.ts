import { open } from 'node:fs/promises';
import { readGgufHeader, type GgufTensor } from '../../adapters/onnx/import/gguf-header.ts';
import { readMetadata } from '../../adapters/onnx/import/gguf-metadata.ts';
import { headerCursor } from '../../adapters/onnx/import/header-cursor.ts';
import { readRows } from '../../adapters/onnx/import/tensor-reader.ts';
import { uint32, uint64 } from './gguf-bytes.ts';

const float32 = { typeNumber: 0, bytes: 4 } as const;
const alignment = 32;

/**
 * Writes the same model with every weight as a float, so that a program that rounds activations to fit its weights computes with it in
 * full precision. The metadata are copied byte by byte.
 */
export async function widenGguf(source: string, target: string): Promise<void> {
  await using input = await open(source, 'r');
  await using output = await open(target, 'w');
  const { tensors } = await readGgufHeader(input);
  const header = Buffer.concat([await metadataOf(input), tensorEntries([...tensors.values()])]);
  await output.writeFile(padded(header));
  for (const tensor of tensors.values()) {
    for await (const values of readRows(input, tensor, { signal: undefined, onBytes: () => undefined })) {
      await output.writeFile(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    }
    await output.writeFile(Buffer.alloc(paddingOf(weightsOf(tensor) * float32.bytes)));
  }
}

/** The file up to its first tensor entry. */
export async function metadataOf(input: Awaited<ReturnType<typeof open>>): Promise<Buffer> {
  const bytes = Buffer.alloc(16 * 2 ** 20);
  await input.read(bytes, 0, bytes.length, 0);
  const cursor = headerCursor(bytes);
  cursor.text(8);
  cursor.uint64();
  readMetadata(cursor, cursor.uint64());
  return bytes.subarray(0, cursor.position());
}

function tensorEntries(tensors: readonly GgufTensor[]): Buffer {
  let offset = 0;
  const entries: Buffer[] = [];
  for (const tensor of tensors) {
    const name = Buffer.from(tensor.name);
    entries.push(
      uint64(name.length),
      name,
      uint32(tensor.dimensions.length),
      ...tensor.dimensions.map(uint64),
    );
    entries.push(uint32(float32.typeNumber), uint64(offset));
    const byteLength = weightsOf(tensor) * float32.bytes;
    offset += byteLength + paddingOf(byteLength);
  }
  return Buffer.concat(entries);
}

function weightsOf({ dimensions }: GgufTensor): number {
  return dimensions.reduce((product, dimension) => product * dimension, 1);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(paddingOf(bytes.length))]);
}

function paddingOf(byteLength: number): number {
  return (alignment - (byteLength % alignment)) % alignment;
}
