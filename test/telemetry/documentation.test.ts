import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { counters, gauges, histograms } from '../../src/telemetry/semconv.ts';

test('docs/observability.md lists every metric, and no other', () => {
  const guide = readFileSync(new URL('../../docs/observability.md', import.meta.url), 'utf8');
  const [, section = ''] = guide.split('## Metrics\n');
  const listed = [...section.matchAll(/^\| `([a-z_.]+)` /gm)].map(([, name]) => name);
  const all = [histograms, counters, gauges].flatMap((group) => Object.values(group).map(({ name }) => name));
  expect(new Set(listed)).toEqual(new Set(all));
});
