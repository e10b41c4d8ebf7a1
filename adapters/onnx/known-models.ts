import { miniLmSources } from './acquire/minilm.ts';
import { smollm2Sources } from './acquire/smollm2.ts';
import type { ModelSource } from './acquire/sources.ts';

/** What a deployment need not say of a model that is known by its name. */
export interface KnownModel {
  readonly sources: readonly ModelSource[];
  readonly systemMessage: string | undefined;
}

const unknownModel: KnownModel = { sources: [], systemMessage: undefined };

export function knownModel(name: string): KnownModel {
  return knownModels.get(name) ?? unknownModel;
}

const knownModels: ReadonlyMap<string, KnownModel> = new Map([
  [
    'smollm2-135m',
    {
      sources: smollm2Sources,
      /**
       * The system message that SmolLM2's own template adds makes the 4-bit weights drift into French, in llama.cpp too: asked for the
       * capital of France they begin with "L'Étoile". An empty one keeps the template from adding it.
       */
      systemMessage: '',
    },
  ],
  ['all-minilm-l6-v2', { sources: miniLmSources, systemMessage: undefined }],
]);

/** Names of models whose places are known. */
export const knownModelNames: readonly string[] = [...knownModels.keys()];
