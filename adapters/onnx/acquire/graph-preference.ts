/** Fast formats whose answers do not depend on the rest of the batch go first, then fast ones, then those with a 16-bit cache. */
const formats = ['q4', '', 'quantized', 'int8', 'uint8', 'q4f16', 'fp16'];

const preference = formats.map((format) => (format === '' ? 'onnx/model.onnx' : `onnx/model_${format}.onnx`));

/** The best of the graphs of an export in the layout of transformers.js; `undefined` where none has a usual name. */
export function preferredGraph(paths: readonly string[]): string | undefined {
  return preference.find((path) => paths.includes(path));
}
