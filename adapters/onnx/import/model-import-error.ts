import type { z } from 'zod';

/** Why a model file was not imported. The list is closed. */
export const modelImportErrorCodes = [
  /** The file does not start like a GGUF file. */
  'not-gguf',
  /** GGUF, but of a version or byte order that is not read. */
  'unsupported-version',
  /** The file ends before its own header says it does. */
  'truncated',
  /** A metadata entry is missing, of the wrong type, or absurd. */
  'invalid-metadata',
  /** A model family that is not imported. */
  'unsupported-architecture',
  /** The family is imported, but not with this feature (experts, a rope scaling, a split file ...). */
  'unsupported-feature',
  /** A tokenizer or pre-tokenizer that is not imported. */
  'unsupported-tokenizer',
  /** Weights stored in a way that is not read. */
  'unsupported-tensor-type',
  /** The family needs a tensor that the file does not hold. */
  'missing-tensor',
  /** The file holds a tensor whose meaning is not known; leaving it out would change the model. */
  'unexpected-tensor',
  /** A tensor is twice in the file, badly placed, or not of the shape the metadata promise. */
  'invalid-tensor',
  /** The target folder exists already. */
  'target-exists',
] as const;

export type ModelImportErrorCode = (typeof modelImportErrorCodes)[number];

/** What a schema found wrong with metadata, in one line. `prefix` is what the file puts before the schema's keys. */
export function invalidMetadata(error: z.ZodError, prefix = ''): ModelImportError {
  const problems = error.issues.map(({ path, message }) => `${prefix}${path.join('.')}: ${message}`);
  return new ModelImportError('invalid-metadata', `${problems.join('; ')}.`, { cause: error });
}

/** The one error of a failed import besides those of the file system and the caller's abort reason. */
export class ModelImportError extends Error {
  override readonly name = 'ModelImportError';
  readonly code: ModelImportErrorCode;

  constructor(code: ModelImportErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
