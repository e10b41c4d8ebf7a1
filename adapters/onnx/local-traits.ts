import { samplingParameters, type Capability, type ModelTraits } from '../contract.ts';
import type { ModelManifest } from './model-folder.ts';
import type { ServedModel } from './model-supervisor.ts';

/** What a local model can do. Nothing is known of one that was never loaded; the catalogue's word counts until then. */
export function traitsOf(served: ServedModel | undefined): ModelTraits {
  const manifest = served?.manifest;
  return {
    capabilities: manifest === undefined ? [] : capabilitiesOf(manifest),
    contextTokens: served?.contextTokens,
    samplingParameters: manifest?.graph === 'encoder' ? [] : samplingParameters,
  };
}

function capabilitiesOf(manifest: ModelManifest): readonly Capability[] {
  if (manifest.graph !== 'encoder') return ['text', 'tools', 'json', 'json-schema', 'log-probabilities'];
  switch (manifest.encoder.task) {
    case 'embed':
      return ['embeddings'];
    case 'classify':
      return ['classification'];
    case 'rerank':
      return ['reranking'];
  }
}
