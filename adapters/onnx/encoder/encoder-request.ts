import { z } from 'zod';

/** What is asked of an encoder, in the words of its process. */
export const encodeRequestSchema = z.strictObject({
  /** Texts, or pairs of texts that are read together. */
  texts: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])).min(1),
  priority: z.enum(['interactive', 'batch']),
});

/** What became of one text. */
export const encodedTextSchema = z.strictObject({
  /** Place of the text in its request. */
  index: z.int().nonnegative(),
  /** Float32 numbers as base64: a vector, one score a label, or one grade. As JSON they would take three times as long. */
  numbers: z.base64(),
  /** Whether the text lost its end. */
  truncated: z.boolean(),
});

export type EncodeRequest = z.infer<typeof encodeRequestSchema>;
export type EncodedText = z.infer<typeof encodedTextSchema>;
export type EncoderText = EncodeRequest['texts'][number];

export function packNumbers({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

export function unpackNumbers(packed: string): Float32Array {
  // A copy: small buffers lie in a pool, where floats may not begin.
  return new Float32Array(Uint8Array.from(Buffer.from(packed, 'base64')).buffer);
}
