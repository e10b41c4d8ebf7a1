import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { announcedPort } from './ports.ts';
import { UsageError } from './options.ts';
import type { Processes, Started } from './processes.ts';

export interface Tools {
  /** The load generator. */
  readonly lg: string;
  /** Starts the upstream. */
  startMock(): Promise<Started<number>>;
  /** Starts the collector of traces and metrics. */
  startSink(): Promise<Started<number>>;
}

const remedy = 'Name the folder with the sources of mock and lg with --tools <folder> or in BENCH_TOOLS.';

/** Compiles the C tools into `into`. */
export async function buildTools(folder: string, into: string, processes: Processes): Promise<Tools> {
  mkdirSync(into, { recursive: true });
  const build = async (name: string): Promise<string> => {
    const source = resolve(folder, `${name}.c`);
    if (!existsSync(source)) throw new UsageError(`There is no ${source}. ${remedy}`);
    const program = join(into, name);
    await processes
      .run({ file: 'cc', args: ['-O2', '-Wall', '-o', program, source], core: 'tools' })
      .catch((cause: unknown) => {
        throw new UsageError(`${source} could not be compiled. A C compiler called cc is needed.`, { cause });
      });
    return program;
  };
  const [mock, lg] = [await build('mock'), await build('lg')];
  return {
    lg,
    startMock: () =>
      processes.start({ file: mock, args: ['--port', '0'], core: 'tools' }, { line: announcedPort }),
    startSink: () =>
      processes.start(
        { file: process.execPath, args: [join(import.meta.dirname, 'sink.ts')], core: 'tools' },
        { line: announcedPort },
      ),
  };
}
