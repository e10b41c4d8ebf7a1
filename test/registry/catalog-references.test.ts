import { expect, test } from 'vitest';
import { readCatalogFile } from '../../src/registry/catalog-file.ts';
import { drivers } from './drivers.ts';

/** The API key that `apiKey: <text>` gives, or the problem. */
function apiKeyOf(text: string, env: Record<string, string> = {}): unknown {
  const file = `deployments:
  - name: a
    kind: remote
    local: true
    options:
      model: m
      apiKey: ${text}
`;
  try {
    const { deployments } = readCatalogFile(file, { file: 'f.yaml', env, drivers });
    return drivers.remote.parse(deployments[0]?.adapter.options).apiKey;
  } catch (error) {
    return (error as Error).message;
  }
}

test.each([
  ['${KEY}', 'value'],
  ['"Bearer ${KEY}!"', 'Bearer value!'],
  ['${KEY}${KEY}', 'valuevalue'],
  ['${KEY:-other}', 'value'],
  ['${NONE:-other}', 'other'],
  ['${EMPTY:-other}', 'other'],
  ['"${NONE:-}"', ''],
  ['$${KEY}', '${KEY}'],
  ['$KEY', '$KEY'],
])('%s becomes %j', (text, value) => {
  expect(apiKeyOf(text, { KEY: 'value', EMPTY: '' })).toBe(value);
});

test.each([
  ['${NONE}', 'the environment variable NONE is not set; set it, or write ${NONE:-default}'],
  ['${EMPTY}', 'the environment variable EMPTY is not set; set it, or write ${EMPTY:-default}'],
  ['"${a-b}"', 'a reference is written ${NAME} or ${NAME:-default}; a literal ${ is written $${'],
  ['"${KEY"', 'a reference is written ${NAME} or ${NAME:-default}; a literal ${ is written $${'],
])('%s is refused at its place', (text, message) => {
  expect(apiKeyOf(text, { EMPTY: '' })).toBe(`f.yaml:7:15 ${message}`);
});

test('a value is not read as YAML and not resolved again', () => {
  expect(apiKeyOf('${KEY}', { KEY: '{ a: ${KEY} }\n- #' })).toBe('{ a: ${KEY} }\n- #');
});

test('keys are left alone', () => {
  const file = '${KEY}: 1';
  expect(() => readCatalogFile(file, { file: 'f.yaml', env: { KEY: 'deployments' }, drivers })).toThrow(
    'f.yaml:1:1 ${KEY}: is not a known key',
  );
});
