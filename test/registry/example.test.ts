import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readCatalogFile } from '../../src/registry/catalog-file.ts';
import { driverOptionsSchemas } from '../../adapters/index.ts';

function read(text: string, env: Record<string, string>) {
  return readCatalogFile(text, { file: 'example.yaml', env, drivers: driverOptionsSchemas });
}

const example = readFileSync(new URL('../../switchyard.example.yaml', import.meta.url), 'utf8');
const guide = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');

test('switchyard.example.yaml is a right catalogue', () => {
  const { deployments } = read(example, { OPENAI_API_KEY: 'sk-x' });
  expect(deployments.map(({ deployment }) => deployment.model)).toEqual([
    'smollm2-135m',
    'gpt-6-luna',
    'qwen',
    'qwen',
  ]);
});

test('switchyard.example.yaml needs a key of OpenAI, and nothing else', () => {
  expect(() => read(example, {})).toThrow(
    /^example\.yaml:\d+:\d+ the environment variable OPENAI_API_KEY is not set/,
  );
});

test('editors find the schema from the first line', () => {
  expect(example.split('\n')[0]).toBe('# yaml-language-server: $schema=./switchyard.schema.json');
});

test('every catalogue of the guide is right', () => {
  const blocks = [...guide.matchAll(/```yaml\n(.*?)```/gs)].map(([, block = '']) => block);
  expect(blocks.length).toBeGreaterThan(1);
  for (const block of blocks) expect(() => read(block, { OPENAI_API_KEY: 'sk-x' })).not.toThrow();
});
