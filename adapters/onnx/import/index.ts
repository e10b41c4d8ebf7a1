export { removeDrafts } from './draft-folder.ts';
export { importEncoder, type ImportEncoderOptions } from './import-encoder.ts';
export { importGguf, type ImportGgufOptions, type ImportProgress } from './import-gguf.ts';
export { ModelImportError, modelImportErrorCodes, type ModelImportErrorCode } from './model-import-error.ts';
