import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { variableTable } from '../../src/platform/config/variables.ts';

test('docs/configuration.md has the table of variables', () => {
  const guide = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  const [, section = ''] = guide.split('## Environment variables\n');
  const rows = [...section.matchAll(/^\| `(\w+)` +\| (.*?) +\| (.*?) +\|$/gm)].map(([, ...cells]) => cells);
  expect(rows).toEqual(variableTable().map(({ name, purpose, defaultText }) => [name, purpose, defaultText]));
});
