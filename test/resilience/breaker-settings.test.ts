import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { breakerSettingsSchema, defaultBreakerSettings } from '../../src/domain/breaker-settings.ts';

test('docs/resilience.md has every setting of the breaker with its default', () => {
  const guide = readFileSync(new URL('../../docs/resilience.md', import.meta.url), 'utf8');
  const [, section = ''] = /^## Breaker\n(.*?)(?:^## |(?![^]))/ms.exec(guide) ?? [];
  const rows = [...section.matchAll(/^\| `(\w+)` +\| .*? +\| ([\d.]+) +\|/gm)];
  const documented = Object.fromEntries(rows.map(([, name = '', value]) => [name, Number(value)]));
  expect(documented).toEqual(defaultBreakerSettings);
});

test('what a setting is described to default to is its default', () => {
  const described = Object.entries(breakerSettingsSchema.shape).map(([name, schema]) => [
    name,
    Number(/Default: ([\d.]+)\.$/.exec(schema.description ?? '')?.[1]),
  ]);
  expect(Object.fromEntries(described)).toEqual(defaultBreakerSettings);
});

test.for([
  ['an unknown name', { windowSeconds: 30 }],
  ['a share above one', { failureRate: 1.1 }],
  ['no probes, which would never let it close', { probes: 0 }],
  ['an open time that no timer can hold', { openMs: 2 ** 31 }],
] as const)('refused: %s', ([, settings]) => {
  expect(breakerSettingsSchema.safeParse(settings).success).toBe(false);
});
