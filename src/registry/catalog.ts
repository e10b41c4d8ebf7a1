import type { Deployment } from '../domain/deployment.ts';
import type { Policy } from '../domain/policy.ts';
import { nearestNames } from '../platform/nearest-names.ts';
import { fingerprint } from './fingerprint.ts';

/** The model name that stands for every deployment: the router chooses among all. */
export const anyModel = 'auto';

/** A deployment and what makes its adapter. The options stay out of `deployment`, which is shown to clients: they may hold keys. */
export interface CatalogEntry {
  readonly deployment: Deployment;
  readonly adapter: {
    readonly kind: string;
    /** As the driver's options schema has read them. */
    readonly options: unknown;
  };
}

export interface CatalogModel {
  readonly name: string;
  readonly deployments: readonly Deployment[];
}

export type ModelResolution =
  | { readonly type: 'all' }
  | { readonly type: 'model'; readonly model: string }
  | {
      readonly type: 'unknown';
      /** Names that may have been meant, the nearest first. */
      readonly nearest: readonly string[];
    };

/** What the gateway serves. Immutable; a change of the configuration makes a new one. */
export interface Catalog {
  /** In the order they are declared. */
  readonly deployments: readonly CatalogEntry[];
  /** Alias to model; aliases of aliases are resolved. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly policies: readonly Policy[];
  /** Name of the policy of requests that name none. */
  readonly defaultPolicy: string;
  /** Changes with everything declared, except secrets. */
  readonly digest: string;
  models(): readonly CatalogModel[];
  /** Finds what a client's `model` means: `auto`, a model's name or an alias. */
  resolveModel(name: string): ModelResolution;
}

export interface CatalogDeclaration {
  readonly deployments: readonly CatalogEntry[];
  /** Alias to model or to another alias; free of cycles and of unknown targets. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly policies: readonly Policy[];
  readonly defaultPolicy: string;
}

export function createCatalog(declaration: CatalogDeclaration): Catalog {
  const { deployments, policies, defaultPolicy } = declaration;
  const models = groupByModel(deployments);
  const aliases = new Map(
    [...declaration.aliases.keys()].map((alias) => [alias, followAlias(alias, declaration.aliases)]),
  );
  const names = new Set([anyModel, ...models.map(({ name }) => name), ...aliases.keys()]);
  return {
    deployments,
    aliases,
    policies,
    defaultPolicy,
    digest: fingerprint({ deployments, aliases: [...aliases], policies, defaultPolicy }),
    models: () => models,
    resolveModel(name) {
      if (name === anyModel) return { type: 'all' };
      const model = aliases.get(name) ?? name;
      if (models.some((candidate) => candidate.name === model)) return { type: 'model', model };
      return { type: 'unknown', nearest: nearestNames(name, names) };
    },
  };
}

function groupByModel(entries: readonly CatalogEntry[]): readonly CatalogModel[] {
  const groups = Map.groupBy(
    entries.map(({ deployment }) => deployment),
    ({ model }) => model,
  );
  return [...groups].map(([name, deployments]) => ({ name, deployments }));
}

function followAlias(alias: string, aliases: ReadonlyMap<string, string>): string {
  let target = alias;
  for (let next = aliases.get(target); next !== undefined; next = aliases.get(target)) target = next;
  return target;
}
