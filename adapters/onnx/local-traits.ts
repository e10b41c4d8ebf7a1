import { samplingParameters, type Capability, type ModelTraits } from '../contract.ts';
import type { ModelManifest } from './model-folder.ts';
import type { ServedModel } from './model-supervisor.ts';

const ofWriting = ['text', 'tools', 'json', 'json-schema', 'log-probabilities'] as const;

/** What a local model can do. Of one that was never loaded it is known by what it is declared to be for. */
export function traitsOf(
  served: ServedModel | undefined,
  declared: readonly Capability[] = ['text'],
): ModelTraits {
  const manifest = served?.manifest;
  return {
    capabilities: manifest === undefined ? implied(declared) : capabilitiesOf(manifest),
    contextTokens: served?.contextTokens,
    samplingParameters: manifest?.graph === 'encoder' ? [] : samplingParameters,
  };
}

/** Every model that writes can do the rest too. */
function implied(declared: readonly Capability[]): readonly Capability[] {
  return declared.includes('text') ? ofWriting : declared;
}

export function capabilitiesOf(manifest: ModelManifest): readonly Capability[] {
  if (manifest.graph !== 'encoder') return ofWriting;
  switch (manifest.encoder.task) {
    case 'embed':
      return ['embeddings'];
    case 'classify':
      return ['classification'];
    case 'rerank':
      return ['reranking'];
  }
}
