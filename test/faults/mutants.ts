import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { mutants, type Mutant } from './mutant-table.ts';

/**
 * Does the suite of faults notice when a safeguard is gone? Runs it against copies of this tree with one safeguard each switched off,
 * and tells which scenarios go red that are green without the change.
 */

const root = fileURLToPath(new URL('../..', import.meta.url));
const copied = [
  'src',
  'adapters',
  'schema',
  'test',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
  'schema.graphql',
  'examples',
];

const results = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string(),
      assertionResults: z.array(z.object({ title: z.string(), status: z.string() })),
    }),
  ),
});

const help = `Usage: npm run test:faults:mutants -- [options]

  --only <name>       One mutant (may be repeated): ${mutants.map(({ name }) => name).join(', ')}
  --help              This text.

Exit codes: 0 each mutant is caught, 1 one is not, or its text is no longer in the source.
`;

const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true }, help: { type: 'boolean' } },
});

if (values.help === true) print(help);
else await main();

async function main(): Promise<void> {
  const wanted = mutants.filter(({ name }) => values.only?.includes(name) ?? true);
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-mutants-'));
  try {
    const scenarios = [...new Set(wanted.flatMap((mutant) => mutant.scenarios))].toSorted();
    const unchanged = await run(await copyTree(folder, 'unchanged'), scenarios);
    print(`unchanged: ${unchanged.size} red${[...unchanged].map((name) => `\n    ${name}`).join('')}\n\n`);
    const uncaught = [];
    for (const mutant of wanted) {
      const red = await runMutant(folder, mutant);
      const caught = [...red].filter((name) => !unchanged.has(name));
      if (caught.length === 0) uncaught.push(mutant.name);
      print(`${mutant.name}: ${caught.length === 0 ? 'NOT CAUGHT' : 'caught by'}\n`);
      for (const name of caught) print(`    ${name}\n`);
    }
    process.exitCode = uncaught.length === 0 ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runMutant(
  folder: string,
  { name, file, search, replace, scenarios }: Mutant,
): Promise<ReadonlySet<string>> {
  const copy = await copyTree(folder, name);
  const path = join(copy, file);
  const source = await readFile(path, 'utf8').catch(() => '');
  const found = source.split(search).length - 1;
  if (found !== 1)
    return stale(`${name}: its text is ${found} times in ${file}: mend test/faults/mutant-table.ts`);
  await writeFile(
    path,
    source.replace(search, () => replace),
  );
  return await run(copy, scenarios);
}

function stale(message: string): ReadonlySet<string> {
  print(`${message}\n`);
  return new Set();
}

/** A tree of its own, so that the gateway of the tests starts from the changed sources. */
async function copyTree(folder: string, name: string): Promise<string> {
  const copy = join(folder, name);
  await mkdir(copy);
  for (const entry of copied) await cp(join(root, entry), join(copy, entry), { recursive: true });
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** The tests that fail, by their titles. */
async function run(copy: string, scenarios: readonly string[]): Promise<ReadonlySet<string>> {
  const report = join(copy, 'report.json');
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const filters = scenarios.map((scenario) => `test/faults/${scenario}`);
  const child = spawn(
    process.execPath,
    // What a mutant lets hang must not hold up the others.
    [
      vitest,
      'run',
      '--project',
      'faults',
      '--reporter=json',
      `--outputFile=${report}`,
      '--testTimeout=90000',
      ...filters,
    ],
    { cwd: copy, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  await once(child, 'exit');
  const { testResults } = results.parse(JSON.parse(await readFile(report, 'utf8')));
  return new Set(
    testResults.flatMap(({ name, message, assertionResults }) => {
      const red = assertionResults.filter(({ status }) => status === 'failed').map(({ title }) => title);
      // A file that could not be loaded has no results.
      return assertionResults.length === 0 ? [`${relative(copy, name)}: ${message}`] : red;
    }),
  );
}

function print(text: string): void {
  process.stdout.write(text);
}
