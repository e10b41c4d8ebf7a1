import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Install } from './server.ts';

export interface PythonPackage {
  readonly name: string;
  /** What pip installs, versions pinned. */
  readonly requirements: readonly string[];
  readonly program: string;
}

const environments = resolve(import.meta.dirname, '../../../.cache/bench/peers');

/** Where the program of a package is once it is installed, in an environment of its own. */
export function programOf({ name, program }: PythonPackage): string {
  return join(environments, name, 'bin', program);
}

/** @returns why the package cannot be used, or undefined */
export async function missingPackage(
  wanted: PythonPackage,
  { processes, python }: Install,
): Promise<string | undefined> {
  if (existsSync(programOf(wanted))) return undefined;
  if (!python) return 'it is not installed (--install-peers does that).';
  const environment = join(environments, wanted.name);
  try {
    await processes.run({ file: 'python3', args: ['-m', 'venv', environment], core: 'tools' });
    await processes.run({
      file: join(environment, 'bin/pip'),
      args: ['install', '--quiet', '--disable-pip-version-check', ...wanted.requirements],
      core: 'tools',
    });
    return undefined;
  } catch (cause) {
    return `pip could not install it: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}
