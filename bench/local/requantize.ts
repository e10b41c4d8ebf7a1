import { open, type FileHandle } from 'node:fs/promises';
import { readGgufHeader, type GgufTensor } from '../../adapters/onnx/import/gguf-header.ts';
import { readRows } from '../../adapters/onnx/import/tensor-reader.ts';
import { uint32, uint64 } from '../../test/support/gguf-bytes.ts';
import { metadataOf } from '../../test/support/widen-gguf.ts';

const alignment = 32;
const typeNumbers: Readonly<Record<string, number>> = { F32: 0, F16: 1, Q4_0: 2, Q8_0: 8 };

/**
 * Writes the same model with its Q4_1 weights as Q4_0, the format that llama.cpp computes fastest with; everything else is copied. Blocks
 * are rounded as llama.cpp's own `quantize_row_q4_0_ref` does: 32 weights share d, a minus eighth of the one farthest from zero.
 */
export async function requantize(source: string, target: string): Promise<void> {
  await using input = await open(source, 'r');
  await using output = await open(target, 'w');
  const tensors = [...(await readGgufHeader(input)).tensors.values()];
  await output.writeFile(padded(Buffer.concat([await metadataOf(input), entriesOf(tensors)])));
  for (const tensor of tensors) await output.writeFile(padded(await bytesOf(input, tensor)));
}

function entriesOf(tensors: readonly GgufTensor[]): Buffer {
  let offset = 0;
  const entries: Buffer[] = [];
  for (const tensor of tensors) {
    const name = Buffer.from(tensor.name);
    const sizes = [uint32(tensor.dimensions.length), ...tensor.dimensions.map((size) => uint64(size))];
    entries.push(uint64(name.length), name, ...sizes, uint32(typeOf(tensor)), uint64(offset));
    offset += paddedLength(lengthOf(tensor));
  }
  return Buffer.concat(entries);
}

const isRounded = ({ type }: GgufTensor): boolean => type.name === 'Q4_1';

function typeOf(tensor: GgufTensor): number {
  const number = typeNumbers[isRounded(tensor) ? 'Q4_0' : tensor.type.name];
  if (number === undefined) throw new Error(`${tensor.name} is of the type ${tensor.type.name}`);
  return number;
}

function lengthOf(tensor: GgufTensor): number {
  return isRounded(tensor) ? (tensor.byteLength / 20) * 18 : tensor.byteLength;
}

async function bytesOf(input: FileHandle, tensor: GgufTensor): Promise<Buffer> {
  if (!isRounded(tensor)) {
    const bytes = Buffer.alloc(tensor.byteLength);
    await input.read(bytes, 0, bytes.length, tensor.position);
    return bytes;
  }
  const chunks: Buffer[] = [];
  for await (const values of readRows(input, tensor, { signal: undefined, onBytes: () => undefined })) {
    chunks.push(roundQ40(values));
  }
  return Buffer.concat(chunks);
}

function roundQ40(values: Float32Array): Buffer {
  const bytes = Buffer.alloc((values.length / 32) * 18);
  const scale = new Float16Array(1);
  const bits = new Uint16Array(scale.buffer);
  for (let block = 0; block < values.length / 32; block += 1) {
    const weights = values.subarray(block * 32, block * 32 + 32);
    const farthest = weights.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
    const step = farthest / -8;
    scale[0] = step;
    bytes.writeUInt16LE(bits[0] ?? 0, block * 18);
    for (let at = 0; at < 16; at += 1) {
      const [low, high] = [weights[at] ?? 0, weights[at + 16] ?? 0].map((weight) => level(weight, step));
      bytes[block * 18 + 2 + at] = (low ?? 0) | ((high ?? 0) << 4);
    }
  }
  return bytes;
}

function level(weight: number, step: number): number {
  return step === 0 ? 8 : Math.min(15, Math.trunc(weight / step + 8.5));
}

function paddedLength(length: number): number {
  return Math.ceil(length / alignment) * alignment;
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(paddedLength(bytes.length) - bytes.length)]);
}
