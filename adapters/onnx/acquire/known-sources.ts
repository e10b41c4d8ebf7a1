import { smollm2Sources } from './smollm2.ts';
import type { ModelSource } from './sources.ts';

/** Where a model comes from whose deployment does not say: the places known for its name, best first. */
export function knownSources(model: string): readonly ModelSource[] {
  return model === 'smollm2-135m' ? smollm2Sources : [];
}
