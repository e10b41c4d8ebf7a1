import { expect, test } from 'vitest';
import { readCatalogFile } from '../../src/registry/catalog-file.ts';
import { drivers } from './drivers.ts';

const head = `deployments:
  - { name: one, model: big, kind: local, local: true }
  - { name: two, model: big, kind: local, local: true }
`;

function problemsOf(lines: string): readonly string[] {
  try {
    readCatalogFile(head + lines, { file: 'f.yaml', env: {}, drivers });
  } catch (error) {
    return (error as Error).message.split('\n');
  }
  return [];
}

test('two deployments may serve one model', () => {
  expect(problemsOf('')).toEqual([]);
});

test.each([
  [
    'aliases: { a: bigg }',
    'f.yaml:4:15 aliases.a: must be a model or an alias of this file (did you mean "big"?)',
  ],
  ['aliases: { a: one }', 'f.yaml:4:15 aliases.a: must be a model or an alias of this file'],
  ['aliases: { big: big }', 'f.yaml:4:12 aliases.big: is the name of a model already'],
  [
    'aliases: { auto: big }',
    'f.yaml:4:12 aliases.auto: "auto" stands for every deployment and cannot be declared',
  ],
  ['aliases: { a: a }', 'f.yaml:4:15 aliases.a: leads back to itself: a -> a'],
  ['aliases: { a: b, b: c, c: b }', 'f.yaml:4:21 aliases.b: leads back to itself: b -> c -> b'],
  ['aliases: { "b d": big }', 'f.yaml:4:12 aliases.b d: is not a valid name'],
  [
    'policies: { p: { weights: { cost: 0, latency: 0 } } }',
    'f.yaml:4:27 policies.p.weights: must have at least one weight above 0',
  ],
  [
    'policies: { p: { weights: {} } }',
    'f.yaml:4:27 policies.p.weights: must have at least one weight above 0',
  ],
  ['policies: { p: { weights: { cost: -1 } } }', 'f.yaml:4:35 policies.p.weights.cost: must be at least 0'],
  [
    'defaults: { policy: chepest }',
    'f.yaml:4:21 defaults.policy: must be a policy: one of balanced, cheapest, fastest, best (did you mean "cheapest"?)',
  ],
])('%s is refused', (lines, problem) => {
  expect(problemsOf(lines)).toContain(problem);
});

test('no model may be called like the one that stands for all', () => {
  expect(problemsOf('  - { name: auto, kind: local, local: true }')).toEqual([
    'f.yaml:4:13 deployments[2].name: "auto" stands for every deployment and cannot be declared',
  ]);
  expect(problemsOf('  - { name: x, model: auto, kind: local, local: true }')).toHaveLength(1);
});

test('a chain of aliases and a declared default policy are right', () => {
  expect(
    problemsOf(
      'aliases: { a: b, b: big }\npolicies: { p: { weights: { cost: 1 } } }\ndefaults: { policy: p }',
    ),
  ).toEqual([]);
});
