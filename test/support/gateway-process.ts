import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const root = fileURLToPath(new URL('../..', import.meta.url));

const logLine = z.looseObject({ message: z.string(), level: z.string() });
export type LogLine = z.infer<typeof logLine>;

export interface GatewayProcess {
  /** Of the GraphQL endpoint. */
  readonly url: string;
  readonly process: ChildProcess;
  /** Every log line so far. */
  readonly log: readonly LogLine[];
  /** What went to standard error so far. */
  stderr(): string;
  /** Resolves with the first line, already written or yet to come, that fits. */
  logged(fits: (line: LogLine) => boolean): Promise<LogLine>;
  /** Sends a signal and resolves with the exit code, `null` for a death by signal. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface GatewayProcessOptions {
  readonly dataDirectory: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** Starts the gateway as `npm start` does, on a free port, and waits until it listens. */
export async function startGatewayProcess(options: GatewayProcessOptions): Promise<GatewayProcess> {
  const { dataDirectory, env = {}, args = [] } = options;
  const child = spawn(process.execPath, ['src/main.ts', '--port', '0', '--data', dataDirectory, ...args], {
    cwd: root,
    env: { ...foreignVariables(), SWITCHYARD_LOG_FORMAT: 'json', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: LogLine[] = [];
  const waiting = new Set<(line: LogLine) => void>();
  const errors: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = logLine.parse(JSON.parse(text));
    log.push(line);
    for (const told of waiting) told(line);
  });
  const exited = once(child, 'exit');
  const logged = (fits: (line: LogLine) => boolean): Promise<LogLine> =>
    new Promise((resolve, reject) => {
      const told = (line: LogLine): void => {
        if (!fits(line)) return;
        waiting.delete(told);
        resolve(line);
      };
      waiting.add(told);
      for (const line of log) told(line);
      exited.then(
        () => reject(new Error(`the gateway ended: ${errors.join('')}${JSON.stringify(log.at(-1))}`)),
        reject,
      );
    });
  const listening = await logged(({ message }) => message === 'Switchyard is listening.');
  return {
    url: z.string().parse(listening['url']),
    process: child,
    log,
    stderr: () => errors.join(''),
    logged,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await exited;
      return child.exitCode;
    },
  };
}

/** The environment without what steers a gateway: a developer's own key must not reach a test. */
function foreignVariables(): Record<string, string | undefined> {
  // oxlint-disable-next-line node/no-process-env -- a test is its own composition root
  const variables = Object.entries(process.env);
  return Object.fromEntries(variables.filter(([name]) => !/^(SWITCHYARD|OPENAI|OTEL|HF)_/.test(name)));
}

/** Resolves once the local model can answer. */
export async function modelReady(gateway: GatewayProcess): Promise<void> {
  await gateway.logged((line) => line['step'] === 'ready');
}
