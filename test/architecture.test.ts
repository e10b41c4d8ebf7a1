import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Import {
  readonly from: string;
  readonly to: string;
}

/** Every import between files of ours, of types and values, static and dynamic. */
const imports: readonly Import[] = ['adapters', 'src', 'schema', 'test', 'bench'].flatMap((folder) =>
  sourceFiles(join(root, folder)).flatMap(importsOf),
);

/**
 * Which files a file may import, first match first. The rows of `src` stand in docs and in CONTRIBUTING; a feature may import the rows
 * below it and itself, never another feature of its row.
 */
const rows: readonly (readonly string[])[] = [
  ['src/domain/'],
  ['src/platform/'],
  ['src/access/', 'src/cache/', 'src/registry/', 'src/routing/', 'src/resilience/', 'src/telemetry/'],
  ['src/gateway/', 'src/pipeline/', 'src/jobs/', 'src/monitoring/'],
  ['src/server/'],
];
const contract = ['adapters/contract.ts', 'adapters/local-contract.ts', 'adapters/errors.ts'];

function allowed(from: string): readonly string[] {
  if (from.startsWith('test/') || from.startsWith('bench/')) return [''];
  if (isCompositionRoot(from)) return ['src/', 'schema/', 'adapters/', 'package.json'];
  if (from.startsWith('schema/')) return ['schema/', 'src/', ...contract];
  if (contract.includes(from)) return contract;
  if (from.startsWith('adapters/')) return ['adapters/'];
  const row = rows.findIndex((folders) => folders.some((folder) => from.startsWith(folder)));
  const own = rows[row]?.filter((folder) => from.startsWith(folder)) ?? [];
  return [...contract, ...own, ...rows.slice(0, Math.max(row, 0)).flat()];
}

function isCompositionRoot(file: string): boolean {
  return file === 'src/main.ts' || file.startsWith('src/main/');
}

describe('the rule between folders', () => {
  test('the scan sees imports of values, of types and dynamic ones', () => {
    expect(imports).toContainEqual({ from: 'src/gateway/gateway.ts', to: 'src/routing/router.ts' });
    expect(imports).toContainEqual({ from: 'src/gateway/gateway.ts', to: 'src/platform/clock.ts' });
    expect(imports).toContainEqual({ from: 'adapters/index.ts', to: 'adapters/onnx/index.ts' });
  });

  test('every file imports only what stands below it', () => {
    const wrong = imports.filter(({ from, to }) => !allowed(from).some((prefix) => to.startsWith(prefix)));
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  test('nothing but tests and benchmarks imports test/', () => {
    const wrong = imports.filter(({ from, to }) => to.startsWith('test/') && !/^(test|bench)\//.test(from));
    expect(wrong).toEqual([]);
  });

  test('no import goes in a circle, types included', () => {
    expect(cycles(imports)).toEqual([]);
  });

  test('every folder of src stands in the table of rows', () => {
    const known = new Set(['src/main/', ...rows.flat()]);
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `src/${entry.name}/`);
    expect(folders.filter((folder) => !known.has(folder))).toEqual([]);
  });
});

function sourceFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('node_modules'),
    )
    .map((entry) => join(entry.parentPath, entry.name));
}

function importsOf(file: string): readonly Import[] {
  const source = readFileSync(file, 'utf8');
  const { module } = parseSync(file, source);
  const specifiers = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.map(({ moduleRequest }) => moduleRequest?.value),
    ),
    // A dynamic import's specifier is a slice of the source, quotes included; a computed one names no file.
    ...module.dynamicImports.map(({ moduleRequest: { start, end } }) => source.slice(start + 1, end - 1)),
  ];
  return specifiers
    .filter((specifier) => specifier !== undefined)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => ({ from: path(file), to: path(normalize(join(dirname(file), specifier))) }));
}

function path(file: string): string {
  return relative(root, file).split(sep).join('/');
}

/** Each circle once, as its chain of files. */
function cycles(edges: readonly Import[]): readonly string[] {
  const next = Map.groupBy(edges, ({ from }) => from);
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, chain: readonly string[]): void => {
    const start = chain.indexOf(file);
    if (start >= 0) found.push([...chain.slice(start), file].join(' -> '));
    if (start >= 0 || done.has(file)) return;
    for (const { to } of next.get(file) ?? []) visit(to, [...chain, file]);
    done.add(file);
  };
  for (const file of next.keys()) visit(file, []);
  return found;
}
