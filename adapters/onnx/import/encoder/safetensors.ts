import type { FileHandle } from 'node:fs/promises';
import { z } from 'zod';

import { halfToFloat } from '../half-float.ts';
import { ModelImportError } from '../model-import-error.ts';

/** Numbers of a safetensors file (https://github.com/huggingface/safetensors): a JSON header, then the tensors' bytes. */
export interface Safetensors {
  readonly names: readonly string[];
  /** Bytes of all tensors. */
  readonly byteLength: number;
  /** All values of a tensor, row by row. @throws ModelImportError where it is missing or of another shape. */
  read(name: string, dimensions: readonly number[]): Promise<Float32Array>;
}

const bytesPerValue = { F32: 4, F16: 2, BF16: 2 } as const;

const tensorSchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()).max(8),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});
type Tensor = z.infer<typeof tensorSchema>;

/** Headers of real files have some hundred kilobytes. */
const maxHeaderBytes = 16 * 2 ** 20;

export async function openSafetensors(file: FileHandle): Promise<Safetensors> {
  const { size } = await file.stat();
  const { tensors, dataAt } = await readHeader(file, size);
  for (const [name, tensor] of tensors) checkPlace(name, tensor, size - dataAt);
  return {
    names: [...tensors.keys()],
    byteLength: size - dataAt,
    async read(name, dimensions) {
      const tensor = tensors.get(name);
      if (tensor === undefined) throw new ModelImportError('missing-tensor', `The file holds no ${name}.`);
      if (tensor.shape.join() !== dimensions.join()) {
        throw new ModelImportError(
          'invalid-tensor',
          `${name} is of the shape [${tensor.shape.join(', ')}]; config.json promises [${dimensions.join(', ')}].`,
        );
      }
      const [from, to] = tensor.data_offsets;
      const bytes = new Uint8Array(to - from);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, dataAt + from);
      if (bytesRead < bytes.length) {
        throw new ModelImportError('truncated', `The file became shorter while ${name} was read.`);
      }
      return toFloats(bytes, tensor.dtype);
    },
  };
}

interface Header {
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Where the tensors' bytes begin. */
  readonly dataAt: number;
}

async function readHeader(file: FileHandle, size: number): Promise<Header> {
  const lead = Buffer.alloc(8);
  const { bytesRead } = await file.read(lead, 0, 8, 0);
  const length = bytesRead === 8 ? Number(lead.readBigUInt64LE()) : Infinity;
  if (length > maxHeaderBytes || 8 + length > size) {
    throw new ModelImportError('truncated', 'The file is no safetensors file, or ends within its header.');
  }
  const text = Buffer.alloc(length);
  await file.read(text, 0, length, 8);
  const { __metadata__: _metadata, ...entries } = parseObject(text.toString());
  const tensors = z.record(z.string(), tensorSchema).safeParse(entries);
  if (!tensors.success) {
    throw new ModelImportError(
      'invalid-metadata',
      'The header of the safetensors file does not list tensors.',
      {
        cause: tensors.error,
      },
    );
  }
  return { tensors: new Map(Object.entries(tensors.data)), dataAt: 8 + length };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch (cause) {
    throw new ModelImportError(
      'invalid-metadata',
      'The header of the safetensors file is not a JSON object.',
      {
        cause,
      },
    );
  }
}

function checkPlace(
  name: string,
  { shape, dtype, data_offsets: [from, to] }: Tensor,
  dataBytes: number,
): void {
  if (!isFloat(dtype)) return;
  const values = shape.reduce((product, dimension) => product * dimension, 1);
  if (from <= to && to <= dataBytes && to - from === values * bytesPerValue[dtype]) return;
  throw new ModelImportError(
    'invalid-tensor',
    `${name} lies at ${from} to ${to} of ${dataBytes} bytes, which is no place for ${values} values of ${dtype}.`,
  );
}

function isFloat(dtype: string): dtype is keyof typeof bytesPerValue {
  return Object.hasOwn(bytesPerValue, dtype);
}

function toFloats(bytes: Uint8Array<ArrayBuffer>, dtype: string): Float32Array {
  switch (dtype) {
    case 'F32':
      return new Float32Array(bytes.buffer);
    case 'F16':
      return Float32Array.from(new Uint16Array(bytes.buffer), (half) => halfToFloat[half] ?? Number.NaN);
    case 'BF16':
      return new Float32Array(Uint32Array.from(new Uint16Array(bytes.buffer), (half) => half << 16).buffer);
    default:
      throw new ModelImportError(
        'unsupported-tensor-type',
        `Weights of the type ${dtype} are not imported; those of F32, F16 and BF16 are.`,
      );
  }
}
