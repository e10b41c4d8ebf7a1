import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { createAdapter, driverOptionsSchemas } from '../../adapters/index.ts';
import { readCatalogFile } from '../../src/registry/catalog-file.ts';
import { conformanceContext } from '../conformance/fixture.ts';
import { adapterErrorOf, partsOf, textOf } from '../conformance/observe.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { ask } from './scripted/open.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'adapters/README.md'), 'utf8');

/** The README's file and its test, which runs the conformance suite as soon as it is imported. */
await runFiles(['adapters/plain-text.ts', 'test/adapters/plain-text.test.ts'], blocks('ts'));

test('the catalogue of the README plays as it says', async () => {
  const [yaml = ''] = blocks('yaml');
  const { deployments } = readCatalogFile(yaml, {
    file: 'README.md',
    env: {},
    drivers: driverOptionsSchemas,
  });
  expect(deployments.map(({ adapter }) => adapter.kind)).toEqual(['scripted']);
  const clock = createFakeClock();
  const [entry] = deployments;
  if (entry === undefined) throw new Error('no deployment');
  const adapter = await createAdapter(entry.adapter, conformanceContext({ clock }));
  const weather = partsOf(adapter, ask('How is the weather?'));
  await clock.advanceAsync(1000);
  expect(textOf(await weather)).toBe('Sunny, 21 degrees.');
  await adapterErrorOf(partsOf(adapter, ask('break off')), 'stream-cut');
  await adapterErrorOf(partsOf(adapter, ask('How is the weather?')), 'rate-limit');
  await adapter.close();
});

function blocks(language: string): readonly string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, code = '']) => code,
  );
}

/** Writes the files into a folder that looks like the repository, outside what other tests read, and imports the last. */
async function runFiles(paths: readonly string[], codes: readonly string[]): Promise<void> {
  expect(codes).toHaveLength(paths.length);
  mkdirSync(join(root, 'data'), { recursive: true });
  const folder = mkdtempSync(join(root, 'data/readme-'));
  try {
    for (const [place, path] of paths.entries()) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, withRealImports(codes[place] ?? '', path));
    }
    await import(pathToFileURL(join(folder, paths.at(-1) ?? '')).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the repository has is imported from there; the README's own files stay where they are. */
function withRealImports(code: string, path: string): string {
  return code.replaceAll(/(?<= from ')\.[^']+/g, (specifier) => {
    const real = resolve(root, dirname(path), specifier);
    return existsSync(real) ? real : specifier;
  });
}
