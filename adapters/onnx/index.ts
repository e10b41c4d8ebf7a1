export { createOnnxAdapter, type OnnxAdapter, type OnnxInspection } from './onnx-adapter.ts';
export { onnxOptionsSchema, type OnnxOptions } from './options.ts';
