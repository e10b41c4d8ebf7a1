import type { InferenceSession } from 'onnxruntime-node';
import type { ModelManifest } from '../model-folder.ts';
import type { Decoder } from './decoder.ts';
import { createDeltaDecoder } from './delta-decoder.ts';
import { createPastPresentDecoder } from './past-present-decoder.ts';

export function createDecoder(session: InferenceSession, manifest: ModelManifest): Decoder {
  switch (manifest.graph) {
    case 'delta':
      return createDeltaDecoder(session, manifest.decoder);
    case 'past-present':
      return createPastPresentDecoder(session, manifest.decoder);
  }
}
