import { open } from 'node:fs/promises';
import { openSafetensors } from '../import/encoder/safetensors.ts';
import type { EncoderReferenceModel } from './encoder-reference-model.ts';
import { readEncoderShape } from './encoder-shape.ts';

/** The publisher's own weights, for the model of a folder. Throws `ModelImportError` for a file that is none. */
export async function openSafetensorsReference(
  path: string,
  directory: string,
): Promise<EncoderReferenceModel> {
  const shape = await readEncoderShape(directory);
  const file = await open(path, 'r');
  try {
    const weights = await openSafetensors(file);
    const names = new Set(weights.names);
    return {
      shape,
      tensor: (name, dimensions) =>
        weights.read(names.has(`bert.${name}`) ? `bert.${name}` : name, dimensions),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}
