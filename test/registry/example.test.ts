import { readFileSync } from 'node:fs';
import { parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { knownModel } from '../../adapters/onnx/known-models.ts';
import { schema } from '../../schema/index.ts';
import { readCatalogFile } from '../../src/registry/catalog-file.ts';
import { driverOptionsSchemas } from '../../adapters/index.ts';

function read(text: string, env: Record<string, string>) {
  return readCatalogFile(text, { file: 'example.yaml', env, drivers: driverOptionsSchemas });
}

const example = readFileSync(new URL('../../switchyard.example.yaml', import.meta.url), 'utf8');
const guides = ['configuration.md', 'local-models/README.md'];

/** The blocks of a language in a page of the guide. */
function blocksOf(page: string, language: string): readonly string[] {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/```(\w+)\n(.*?)```/gs)].flatMap(([, of, block = '']) =>
    of === language ? [block] : [],
  );
}

test('switchyard.example.yaml is a right catalogue', () => {
  const { deployments } = read(example, { OPENAI_API_KEY: 'sk-x' });
  expect(deployments.map(({ deployment }) => deployment.model)).toEqual([
    'smollm2-135m',
    'all-minilm-l6-v2',
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

test.each(guides)('every catalogue of docs/%s is right', (page) => {
  const blocks = blocksOf(page, 'yaml');
  expect(blocks).not.toEqual([]);
  for (const block of blocks) expect(() => read(block, { OPENAI_API_KEY: 'sk-x' })).not.toThrow();
});

test('every operation of docs/local-models/README.md is valid in the schema', () => {
  const blocks = blocksOf('local-models/README.md', 'graphql');
  expect(blocks).not.toEqual([]);
  for (const block of blocks) expect(validate(schema, parse(block))).toEqual([]);
});

test('the local models of switchyard.example.yaml are known by their names', () => {
  const { deployments } = read(example, { OPENAI_API_KEY: 'sk-x' });
  const local = deployments.filter(({ adapter }) => adapter.kind === 'onnx');
  for (const { deployment } of local) expect(knownModel(deployment.model).sources).not.toEqual([]);
});
