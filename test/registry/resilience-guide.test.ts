import { readFileSync } from 'node:fs';
import { parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../../schema/index.ts';
import { defaultTactics } from '../../src/domain/tactics.ts';
import { readCatalogFile } from '../../src/registry/catalog-file.ts';
import { drivers } from './drivers.ts';

const guide = readFileSync(new URL('../../docs/resilience.md', import.meta.url), 'utf8');

function blocks(language: string): readonly string[] {
  return [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, text = '']) => text,
  );
}

test.each(blocks('yaml'))('the guide’s policy is read: %j', (yaml) => {
  const text = `deployments: [{ name: tiny, kind: local, local: true }]\n${yaml}`;
  const { policies } = readCatalogFile(text, { file: 'switchyard.yaml', env: {}, drivers });
  expect(policies.at(-1)?.tactics).toBeDefined();
});

test.each(blocks('graphql'))('the guide’s operation fits the schema: %j', (text) => {
  expect(validate(schema, parse(text))).toEqual([]);
});

test('the guide has the defaults of attempts', () => {
  expect(guide).toContain(
    `attempts: { max: ${defaultTactics.maxAttempts}, retries: ${defaultTactics.retries} }`,
  );
});
