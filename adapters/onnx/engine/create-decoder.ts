import type { InferenceSession } from 'onnxruntime-node';
import type { DecoderManifest } from '../model-folder.ts';
import type { Decoder } from './decoder.ts';
import { createDeltaDecoder } from './delta-decoder.ts';
import { createPastPresentDecoder } from './past-present-decoder.ts';

export function createDecoder(session: InferenceSession, manifest: DecoderManifest): Decoder {
  switch (manifest.graph) {
    case 'delta':
      return createDeltaDecoder(session, manifest.decoder);
    case 'past-present':
      return createPastPresentDecoder(session, manifest.decoder);
  }
}
