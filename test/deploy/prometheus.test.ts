import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { labelNames, namesIn, seriesNames } from '../telemetry/prometheus-names.ts';
import { isInstalled, project, readYaml } from './repository.ts';

const run = promisify(execFile);
const folder = join(project, 'deploy/prometheus');
const ruleFile = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
});
const rules = (await readYaml('deploy/prometheus/rules/switchyard.yml', ruleFile)).groups.flatMap(
  (group) => group.rules,
);
const tests = await readYaml(
  'deploy/prometheus/tests/switchyard.yml',
  z.object({
    tests: z.array(
      z.object({
        alert_rule_test: z
          .array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) }))
          .default([]),
        promql_expr_test: z.array(z.object({ expr: z.string() })).default([]),
      }),
    ),
  }),
);

test.each(rules)('$alert asks for series and labels that exist', ({ expr }) => {
  // Of the collector itself: their names are held by the tests that run a real one.
  const others = new Set(['up', 'otelcol_exporter_send_failed_spans']);
  const { series, labels } = namesIn(expr);
  expect(series.length).toBeGreaterThan(0);
  expect(series.filter((name) => !seriesNames().has(name) && !others.has(name))).toEqual([]);
  expect(labels.filter((name) => !labelNames().has(name))).toEqual([]);
});

test.each(rules)('$alert is seen to fire in a test of its own', ({ alert }) => {
  const fires = tests.tests.some(
    (one) =>
      one.alert_rule_test.some(
        ({ alertname, exp_alerts: alerts }) => alertname === alert && alerts.length > 0,
      ) || one.promql_expr_test.some(({ expr }) => expr.includes(`"${alert}"`)),
  );
  expect(fires).toBe(true);
});

const promtool = await isInstalled('promtool');

test.each([
  { what: 'the configuration', parameters: ['check', 'config', 'prometheus.yml'] },
  { what: 'the alerts', parameters: ['check', 'rules', 'rules/switchyard.yml'] },
  { what: 'the tests of the alerts', parameters: ['test', 'rules', 'tests/switchyard.yml'] },
])('promtool passes $what', async ({ parameters }) => {
  await expect(run('promtool', parameters, { cwd: folder })).resolves.toMatchObject({
    stdout: expect.stringContaining('SUCCESS'),
  });
});

beforeEach(({ skip, task }) => {
  skip(!promtool && task.name.startsWith('promtool'), 'There is no promtool (Debian package prometheus).');
});
