import { readHubName, type HubName } from './acquire/hub-name.ts';
import type { ModelSource } from './acquire/sources.ts';
import { knownModelNames, knownModel } from './known-models.ts';
import { modelName } from './options.ts';

/** What is to be pulled, and how it will be called here. */
export type PullOrder =
  | { readonly kind: 'known'; readonly name: string; readonly sources: readonly ModelSource[] }
  | { readonly kind: 'hub'; readonly name: string; readonly hub: HubName };

/** Why a source or a name cannot be meant, in words for whoever wrote it. */
export interface OrderObjection {
  readonly field: 'source' | 'name';
  readonly objection: string;
}

const longestShown = 100;

/**
 * Reads `hf:owner/name`, `hf:owner/name@revision`, or the name of a known model. A model of the hub is called like its repository, in lower
 * case, where `name` is left out; a known one has its own name, as its settings go by it.
 */
export function readPullOrder(source: string, name?: string): PullOrder | OrderObjection {
  if (!source.startsWith('hf:')) return knownOrder(source, name);
  const hub = readHubName(source.slice('hf:'.length));
  if (hub === undefined) {
    return {
      field: 'source',
      objection: `"${source.slice(0, longestShown)}" is not hf:owner/name or hf:owner/name@revision`,
    };
  }
  const ownName = name ?? hub.repository.split('/')[1]?.toLowerCase() ?? '';
  if (modelName.pattern.test(ownName)) return { kind: 'hub', name: ownName, hub };
  const objection = `"${ownName.slice(0, longestShown)}" cannot be the name of a model: ${modelName.rule}`;
  return { field: 'name', objection };
}

function knownOrder(source: string, name: string | undefined): PullOrder | OrderObjection {
  if (!knownModelNames.includes(source)) {
    const known = knownModelNames.join(', ');
    return {
      field: 'source',
      objection: `no source is known for the model "${source.slice(0, longestShown)}"; known are ${known}, and hf:owner/name is any model of the hub`,
    };
  }
  if (name === undefined || name === source)
    return { kind: 'known', name: source, sources: knownModel(source).sources };
  return { field: 'name', objection: `a known model keeps its name: leave it out, or write "${source}"` };
}

/** The source as it was ordered, for people. */
export function orderTitle(order: PullOrder): string {
  if (order.kind === 'known') return order.name;
  const { repository, revision } = order.hub;
  return revision === undefined ? `hf:${repository}` : `hf:${repository}@${revision}`;
}
