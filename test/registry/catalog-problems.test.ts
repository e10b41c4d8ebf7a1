import { expect, test } from 'vitest';
import { ConfigurationError } from '../../src/platform/configuration-error.ts';
import { readCatalogFile } from '../../src/registry/catalog-file.ts';
import { drivers } from './drivers.ts';

function problemsOf(text: string): readonly string[] {
  try {
    readCatalogFile(text, { file: 'f.yaml', env: {}, drivers });
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as ConfigurationError).message.split('\n');
  }
  return [];
}

/** Lines that belong to a file which is right but for them. */
function problemsWith(lines: string): readonly string[] {
  return problemsOf(`deployments:\n  - { name: m, kind: local, local: true }\n${lines}`);
}

test('every problem is named at once, with line and column', () => {
  expect(
    problemsOf(`deployments:
  - name: a
    kind: remote
    options: { modl: x }
    prices:
      inputUsdPerMillionToken: 1
      outputUsdPerMillionTokens: -2
    quality: 7
  - name: a
    kind: lokal
  - name: two words
    kind: local
    local: yes
    contextTokens: 1.5
    capabilities: [texts]
aliases: { x: 3 }
nope: 1
`),
  ).toEqual([
    'f.yaml:4:14 deployments[0].options.model: is missing',
    'f.yaml:4:16 deployments[0].options.modl: is not a known key (did you mean "model"?)',
    'f.yaml:6:7 deployments[0].prices.inputUsdPerMillionTokens: is missing',
    'f.yaml:6:7 deployments[0].prices.inputUsdPerMillionToken: is not a known key (did you mean "inputUsdPerMillionTokens"?)',
    'f.yaml:7:34 deployments[0].prices.outputUsdPerMillionTokens: must be an amount in dollars such as "0.25", with at most nine decimals',
    'f.yaml:8:14 deployments[0].quality: must be at most 1',
    'f.yaml:9:5 deployments[1].prices: is missing; only a local deployment may leave it out',
    'f.yaml:9:11 deployments[1].name: "a" is the name of deployments[0] as well',
    'f.yaml:10:11 deployments[1].kind: must be one of "remote", "local" (did you mean "local"?)',
    'f.yaml:11:5 deployments[2].prices: is missing; only a local deployment may leave it out',
    'f.yaml:11:11 deployments[2].name: must be 1 to 128 letters, digits or any of . _ : / - and begin with a letter or digit',
    'f.yaml:13:12 deployments[2].local: must be true or false',
    'f.yaml:14:20 deployments[2].contextTokens: must be a whole number',
    'f.yaml:15:20 deployments[2].capabilities[0]: must be one of "text", "images", "tools", "json", "json-schema", "embeddings", "classification", "reranking", "log-probabilities" (did you mean "text"?)',
    'f.yaml:16:15 aliases.x: must be a text',
    'f.yaml:17:1 nope: is not a known key',
  ]);
});

test.each([
  ['', 'f.yaml:1:1 deployments: is missing'],
  ['# nothing\n', 'f.yaml:1:1 deployments: is missing'],
  ['[]', 'f.yaml:1:1 must be a mapping of keys to values'],
  ['deployments: []', 'f.yaml:1:14 deployments: must have at least 1 entries'],
  ['deployments: [7]', 'f.yaml:1:15 deployments[0]: must be a mapping of keys to values'],
  ['deployments: [{ name: a }]', 'f.yaml:1:15 deployments[0].kind: must be one of "remote", "local"'],
  ['a: 1\na: 2', 'f.yaml:2:1 Map keys must be unique'],
  ['a: 1\n---\nb: 2', 'f.yaml:2:1 a second document begins; the file must have one'],
  ['a: *b', 'f.yaml:1:4 no anchor &b stands before *b'],
  ['a:\n\t- b', 'f.yaml:2:1 Tabs are not allowed as indentation'],
])('%j is refused at its place', (text, problem) => {
  expect(problemsOf(text)).toContain(problem);
});

test('a value is not repeated, for it may be a secret', () => {
  const text = `deployments:
  - name: a
    kind: local
    local: true
    options: { threads: s3cret, other: s3cret }
    quality: s3cret
    prices: s3cret
  bad: [s3cret`;
  expect(problemsOf(text).join('\n')).not.toContain('s3cret');
  expect(problemsOf(text.replace(/\n +bad.*/, '')).join('\n')).not.toContain('s3cret');
});

test('a trait that a driver refuses is told where it is written', () => {
  const text = `deployments:
  - { name: a, kind: remote, local: true, options: { model: m }, capabilities: [text, images] }`;
  expect(problemsOf(text)).toEqual([
    'f.yaml:2:87 deployments[0].capabilities[1]: must be one of "text", "tools"',
  ]);
});

test('keys that are properties of objects are unknown like others', () => {
  expect(problemsWith('__proto__: { x: 1 }\nconstructor: 1')).toEqual([
    'f.yaml:3:1 __proto__: is not a known key',
    'f.yaml:4:1 constructor: is not a known key',
  ]);
  expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
});

test('control characters of the file do not reach the message', () => {
  expect(problemsWith('"a\\r\\n\\e[31m": 1')).toEqual([
    'f.yaml:3:1 a\\u000d\\u000a\\u001b[31m: is not a known key',
  ]);
});

test('aliases that multiply without end are refused', () => {
  const levels = ['a', 'b', 'c', 'd'].map((inner, index) => {
    const name = 'bcde'.charAt(index);
    return `${name}: &${name} [${`*${inner}, `.repeat(9)}]`;
  });
  expect(problemsOf(`a: &a [x, x]\n${levels.join('\n')}`)[0]).toMatch(/^The catalogue cannot be expanded: /);
});
