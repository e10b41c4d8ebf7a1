export { importGguf, removeDrafts, type ImportGgufOptions, type ImportProgress } from './import-gguf.ts';
export { ModelImportError, modelImportErrorCodes, type ModelImportErrorCode } from './model-import-error.ts';
