import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { loadCatalog } from '../../src/registry/load-catalog.ts';
import { drivers } from './drivers.ts';

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'switchyard-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function load(file: string | undefined) {
  return loadCatalog({
    file,
    directory,
    env: {},
    drivers: { ...drivers, onnx: z.strictObject({ model: z.string() }) },
    openai: { apiKey: undefined, baseUrl: undefined },
  });
}

test('without a file the catalogue is the built-in one', () => {
  const { file, catalog } = load(undefined);
  expect(file).toBeUndefined();
  expect(catalog.models().map(({ name }) => name)).toEqual(['smollm2-135m']);
});

test('switchyard.yaml in the working directory is taken', () => {
  writeFileSync(join(directory, 'switchyard.yaml'), 'deployments: [{ name: a, kind: local, local: true }]');
  const { file, catalog } = load(undefined);
  expect(file).toBe('switchyard.yaml');
  expect(catalog.models().map(({ name }) => name)).toEqual(['a']);
});

test('the file that was asked for is taken, and messages call it as it was called', () => {
  writeFileSync(join(directory, 'other.yaml'), 'nope: 1');
  expect(() => load('other.yaml')).toThrow('other.yaml:1:1 nope: is not a known key');
});

test('a file that was asked for and is not there is an error', () => {
  expect(() => load('other.yaml')).toThrow(
    'The catalogue other.yaml was asked for, but there is no such file. See SWITCHYARD_CONFIG and --config.',
  );
});

test('a folder in its place is an error', () => {
  expect(() => load('.')).toThrow('The catalogue . was asked for, but it cannot be read (EISDIR).');
});
