import { formatUsd } from '../domain/money.ts';
import type { Policy } from '../domain/policy.ts';
import type { Catalog, CatalogEntry } from './catalog.ts';

/** What `switchyard check` prints of a catalogue: aligned tables, without options and so without secrets. */
export function checkReport({ deployments, aliases, policies, defaultPolicy, digest }: Catalog): string {
  return [
    `Deployments (${deployments.length}), prices in USD per million tokens`,
    ...table([
      ['name', 'model', 'kind', 'local', 'input', 'output', 'quality', 'context', 'capabilities'],
      ...deployments.map(deploymentRow),
    ]),
    '',
    `Aliases (${aliases.size})`,
    ...table([...aliases].map(([alias, model]) => [alias, `-> ${model}`])),
    '',
    `Policies (${policies.length}), default ${defaultPolicy}`,
    ...table([['name', 'cost', 'latency', 'quality', 'limits'], ...policies.map(policyRow)]),
    '',
    `Digest ${digest}`,
    '',
  ].join('\n');
}

function deploymentRow({ deployment }: CatalogEntry): readonly string[] {
  const { name, model, kind, local, prices, quality, traits } = deployment;
  return [
    name,
    model,
    kind,
    local ? 'yes' : 'no',
    formatUsd(prices.inputNanoUsdPerMillionTokens),
    formatUsd(prices.outputNanoUsdPerMillionTokens),
    String(quality),
    String(traits.contextTokens ?? '?'),
    traits.capabilities.join(' '),
  ];
}

function policyRow({ name, weights, constraints }: Policy): readonly string[] {
  const { maxCostNanoUsd, ...others } = constraints;
  const limits = [
    ...(maxCostNanoUsd === undefined ? [] : [`maxCostUsd=${formatUsd(maxCostNanoUsd)}`]),
    ...Object.entries(others).map(([limit, value]) => `${limit}=${String(value)}`),
  ];
  return [name, String(weights.cost), String(weights.latency), String(weights.quality), limits.join(' ')];
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
}
