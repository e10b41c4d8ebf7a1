import { onnxOptionsSchema } from '../../adapters/onnx/index.ts';
import { openAiOptionsSchema } from '../../adapters/openai/options.ts';

/** The drivers of the product. */
export const realDrivers = { onnx: onnxOptionsSchema, openai: openAiOptionsSchema };
