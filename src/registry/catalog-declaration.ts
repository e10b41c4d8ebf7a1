import type { Policy } from '../domain/policy.ts';
import { builtinPolicies } from './builtin-policies.ts';
import type { CatalogFile } from './catalog-schema.ts';
import type { CatalogDeclaration, CatalogEntry } from './catalog.ts';
import { fingerprint } from './fingerprint.ts';

/** From the words of the file to those of the gateway. */
export function declare(file: CatalogFile): CatalogDeclaration {
  const declared = Object.entries(file.policies).map(([name, policy]) => toPolicy(name, policy));
  const replaced = new Set(declared.map(({ name }) => name));
  return {
    deployments: file.deployments.map(toEntry),
    aliases: new Map(Object.entries(file.aliases)),
    policies: [...builtinPolicies.filter(({ name }) => !replaced.has(name)), ...declared],
    defaultPolicy: file.defaults.policy,
  };
}

function toEntry(declared: CatalogFile['deployments'][number]): CatalogEntry {
  const { name, kind, options, local, quality, tags, capabilities, contextTokens, samplingParameters } =
    declared;
  const { breaker, admission } = declared;
  return {
    deployment: {
      name,
      model: declared.model ?? name,
      kind,
      local,
      prices: toPrices(declared.prices),
      quality,
      latencyPrior: declared.latency,
      tags,
      traits: { capabilities, contextTokens, samplingParameters },
      breaker,
      admission,
      version: declared.version ?? fingerprint({ kind, options }),
    },
    adapter: { kind, options },
  };
}

/** Left out, which only a local deployment may: the machine is paid for. */
function toPrices(
  prices: CatalogFile['deployments'][number]['prices'],
): CatalogEntry['deployment']['prices'] {
  const cached = prices?.cachedInputUsdPerMillionTokens;
  return {
    inputNanoUsdPerMillionTokens: prices?.inputUsdPerMillionTokens ?? 0,
    outputNanoUsdPerMillionTokens: prices?.outputUsdPerMillionTokens ?? 0,
    ...(cached === undefined ? {} : { cachedInputNanoUsdPerMillionTokens: cached }),
  };
}

function toPolicy(name: string, declared: CatalogFile['policies'][string]): Policy {
  const { weights, constraints, deadlines, attempts, hedge } = declared;
  const { maxCostUsd, ...others } = constraints;
  return {
    name,
    weights,
    constraints: { ...others, ...(maxCostUsd === undefined ? {} : { maxCostNanoUsd: maxCostUsd }) },
    tactics: {
      deadlines,
      maxAttempts: attempts.max,
      retries: attempts.retries,
      hedge: hedge && { after: hedge.afterMs ?? 'p95', maxShare: hedge.maxShare },
    },
  };
}
