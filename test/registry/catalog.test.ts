import { expect, test } from 'vitest';
import { readCatalogFile } from '../../src/registry/catalog-file.ts';
import { createCatalog } from '../../src/registry/catalog.ts';
import { drivers } from './drivers.ts';

function catalogOf(text: string) {
  return createCatalog(readCatalogFile(text, { file: 'f.yaml', env: {}, drivers }));
}

const text = `deployments:
  - { name: one, model: big, kind: local, local: true }
  - { name: tiny, kind: local, local: true }
  - { name: two, model: big, kind: local, local: true }
aliases: { chat: support, support: big }
`;

test('models come in the order of their first deployment', () => {
  expect(
    catalogOf(text)
      .models()
      .map(({ name, deployments }) => [name, deployments.map((one) => one.name)]),
  ).toEqual([
    ['big', ['one', 'two']],
    ['tiny', ['tiny']],
  ]);
});

test('auto is every deployment', () => {
  expect(catalogOf(text).resolveModel('auto')).toEqual({ type: 'all' });
});

test('a model is itself, and an alias is the model at the end of its chain', () => {
  const catalog = catalogOf(text);
  expect(catalog.resolveModel('tiny')).toEqual({ type: 'model', model: 'tiny' });
  expect(catalog.resolveModel('chat')).toEqual({ type: 'model', model: 'big' });
  expect(catalog.aliases.get('chat')).toBe('big');
});

test('an unknown name comes with the nearest known ones', () => {
  const catalog = catalogOf(text);
  expect(catalog.resolveModel('tinny')).toEqual({ type: 'unknown', nearest: ['tiny'] });
  expect(catalog.resolveModel('suport')).toEqual({ type: 'unknown', nearest: ['support'] });
  expect(catalog.resolveModel('one')).toEqual({ type: 'unknown', nearest: [] });
  expect(catalog.resolveModel('')).toEqual({ type: 'unknown', nearest: [] });
  expect(catalog.resolveModel('__proto__')).toEqual({ type: 'unknown', nearest: [] });
});

test('the digest tells catalogues apart, whatever their layout', () => {
  const digest = catalogOf(text).digest;
  expect(
    catalogOf(`# comment\n${text.replaceAll('{ name: tiny, kind: local,', '{ kind: local, name: tiny,')}`)
      .digest,
  ).toBe(digest);
  expect(catalogOf(text.replace('support: big', 'support: tiny')).digest).not.toBe(digest);
  expect(catalogOf(`${text}policies: { best: { weights: { quality: 2 } } }`).digest).not.toBe(digest);
});
