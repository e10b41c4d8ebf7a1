import { join } from 'node:path';
import { errorCode } from './failure-reason.ts';
import { runProcess } from './run-process.ts';

/** A Python of this machine that has pip. */
export interface Pip {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly version: string;
}

const pythons = [
  { command: 'python3', arguments: [] },
  { command: 'python', arguments: [] },
  { command: 'py', arguments: ['-3'] },
] as const;

/** The first Python on the path that has pip; `undefined` where none has. It is asked in `directory`, as Python imports from there. */
export async function findPip(directory: string, signal: AbortSignal): Promise<Pip | undefined> {
  for (const python of pythons) {
    const version = await pipVersion(python, directory, signal);
    if (version !== undefined) return { ...python, version };
  }
  return undefined;
}

async function pipVersion(
  python: (typeof pythons)[number],
  directory: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const lines: string[] = [];
  const code = 'import pip; print(pip.__version__)';
  try {
    const { exitCode } = await runProcess({
      command: python.command,
      arguments: [...python.arguments, '-c', code],
      directory,
      signal,
      onLine: (line) => lines.push(line.trim()),
    });
    return exitCode === 0 ? lines.at(-1) : undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'EACCES') return undefined;
    throw error;
  }
}

export interface PipInstall {
  /** A line of a requirements file, with its `--hash` options. */
  readonly requirements: string;
  /** Folder for everything pip writes: the packages go to `packages/` below it. */
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly onBytes: (done: number, total: number) => void;
}

/**
 * `python -m pip`, but with temporary files in a folder of ours: killed in the middle, pip leaves them behind. Setting the variables here
 * rather than for the child keeps the rest of its environment as it is. A virtual environment is not needed, as nothing is installed.
 */
const launcher = `
import os, runpy, sys, tempfile
tempfile.tempdir = sys.argv.pop(1)
os.environ['PIP_REQUIRE_VIRTUALENV'] = '0'
runpy.run_module('pip', run_name='__main__', alter_sys=True)
`;

/** Unpacks wheels with pip, which knows this machine's package index, proxy and certificates. No code of the package runs. */
export async function pipInstall(pip: Pip, install: PipInstall): Promise<void> {
  const { directory, signal } = install;
  const { exitCode, errorLines } = await runProcess({
    command: pip.command,
    arguments: [
      ...pip.arguments,
      '-c',
      launcher,
      join(directory, 'temporary'),
      ...installOptions(pip, install),
    ],
    directory,
    signal,
    onLine(line) {
      const progress = /^Progress (\d+) of (\d+)$/.exec(line);
      if (progress !== null) install.onBytes(Number(progress[1]), Number(progress[2]));
    },
  });
  if (exitCode !== 0) throw new Error(`pip ${pip.version} failed: ${pipReason(errorLines)}`);
}

function installOptions(pip: Pip, { directory, requirements }: PipInstall): string[] {
  const options = 'install --no-input --no-user --no-deps --only-binary :all: --no-compile --require-hashes';
  return [
    ...options.split(' '),
    // Without a network, pip's own five tries with growing pauses only make people wait.
    '--retries=1',
    '--disable-pip-version-check',
    ...(printsProgress(pip.version) ? ['--progress-bar=raw'] : []),
    `--target=${join(directory, 'packages')}`,
    `--requirement=${requirements}`,
  ];
}

/** pip 24.1 brought the progress that a program can read. */
function printsProgress(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 1);
}

const longestReason = 600;

function pipReason(lines: readonly string[]): string {
  const errors = lines.filter((line) => /^ERROR|Error\b/.test(line));
  const reason = (errors.length > 0 ? errors : lines).map((line) => line.replace(/^ERROR: /, '')).join('; ');
  return (reason === '' ? 'it does not say why' : reason).slice(0, longestReason);
}
