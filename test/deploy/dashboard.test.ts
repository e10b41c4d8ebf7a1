import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { labelNames, namesIn, seriesNames } from '../telemetry/prometheus-names.ts';
import { isInstalled, readText, readYaml } from './repository.ts';

const run = promisify(execFile);
const datasource = z.object({ uid: z.string() });
const dashboard = z
  .object({
    uid: z.literal('switchyard'),
    templating: z.object({
      list: z.array(z.object({ name: z.string(), definition: z.string(), datasource })),
    }),
    panels: z.array(
      z.object({
        id: z.number(),
        title: z.string(),
        datasource: datasource.optional(),
        gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
        targets: z.array(z.object({ expr: z.string(), legendFormat: z.string(), datasource })).default([]),
      }),
    ),
  })
  .parse(JSON.parse(await readText('deploy/grafana/dashboards/switchyard.json')));
const targets = dashboard.panels.flatMap(({ title, targets: list }) =>
  list.map((target) => ({ title, ...target })),
);
const queries = [
  ...targets.map(({ expr }) => expr),
  ...dashboard.templating.list.map((one) => one.definition),
];

test.each(targets)('$title asks for series and labels that exist: $expr', ({ expr }) => {
  const { series, labels } = namesIn(expr);
  expect(series.length).toBeGreaterThan(0);
  expect(series.filter((name) => !seriesNames().has(name))).toEqual([]);
  expect(labels.filter((name) => !labelNames().has(name))).toEqual([]);
});

test.each(targets)(
  '$title names its lines by labels that the query keeps: $legendFormat',
  ({ expr, legendFormat }) => {
    const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
    const kept = new Set(
      [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/)),
    );
    expect(shown.filter((label) => !kept.has(label ?? ''))).toEqual([]);
  },
);

test('every metric of the gateway is on it', () => {
  const shown = new Set(queries.flatMap((query) => namesIn(query).series).map(metric));
  expect([...new Set([...seriesNames()].map(metric))].filter((name) => !shown.has(name))).toEqual([]);
});

test('it asks the data sources that are provisioned', async () => {
  const { datasources } = await readYaml(
    'deploy/grafana/provisioning/datasources/datasources.yml',
    z.object({ datasources: z.array(datasource) }),
  );
  const provisioned = datasources.map(({ uid }) => uid);
  const asked = [...dashboard.panels, ...targets, ...dashboard.templating.list].flatMap(
    (one) => one.datasource ?? [],
  );
  expect(new Set(asked.map(({ uid }) => uid))).toEqual(new Set(['prometheus']));
  expect(provisioned).toEqual(['prometheus', 'jaeger']);
});

test('panels have ids of their own and do not cover each other', () => {
  const { panels } = dashboard;
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const covered = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_cell, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
  );
  expect(new Set(covered).size).toBe(covered.length);
});

test('Prometheus can read every query', async ({ skip }) => {
  skip(!(await isInstalled('promtool')), 'There is no promtool (Debian package prometheus).');
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-dashboard-'));
  try {
    // As recording rules, with values for what Grafana fills in.
    const rules = targets.map(({ expr }, index) => ({
      record: `query_${index}`,
      expr: expr
        .replaceAll('$__rate_interval', '1m')
        .replaceAll('$__range', '1h')
        .replaceAll('$deployment', '.*'),
    }));
    const file = join(folder, 'queries.yml');
    await writeFile(file, stringify({ groups: [{ name: 'dashboard', rules }] }));
    const { stdout } = await run('promtool', ['check', 'rules', file]);
    expect(stdout).toContain(`SUCCESS: ${targets.length} rules found`);
  } finally {
    await rm(folder, { recursive: true });
  }
});

function metric(series: string): string {
  return series.replace(/_(bucket|sum|count)$/, '');
}
