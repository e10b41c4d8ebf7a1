import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const root = fileURLToPath(new URL('..', import.meta.url));
const lineSchema = z.looseObject({
  message: z.string(),
  url: z.string().optional(),
  step: z.string().optional(),
});

export interface GatewayStart {
  readonly flags?: readonly string[];
  /** Local models that are waited for. */
  readonly models?: number;
  /** A module that is loaded into the process before the gateway. */
  readonly preload?: URL;
}

export interface GatewayProcess {
  /** Of the GraphQL endpoint. */
  readonly url: string;
  readonly pid: number;
  /** From the start of the process, in milliseconds. */
  readonly listeningMs: number;
  /** From the start of the process until a local model can answer, in milliseconds. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

/** Starts the gateway as a user does, and waits for its local models. */
export async function startGateway(
  dataDirectory: string,
  { flags = [], models = 1, preload }: GatewayStart = {},
): Promise<GatewayProcess> {
  const startedMs = performance.now();
  const imports = preload === undefined ? [] : ['--import', preload.href];
  const child = spawn(
    process.execPath,
    [...imports, 'src/main.ts', '--port', '0', '--data', dataDirectory, '--log-format', 'json', ...flags],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = once(child, 'exit');
  const { url, listeningAtMs } = await readiness(child.stdout, models);
  const readyMs = performance.now() - startedMs;
  child.stdout.resume();
  if (url === undefined || child.pid === undefined) throw new Error('The gateway did not start.');
  return {
    url,
    pid: child.pid,
    listeningMs: listeningAtMs - startedMs,
    readyMs,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

interface Readiness {
  readonly url: string | undefined;
  readonly listeningAtMs: number;
}

/** Reads the log until so many local models can answer, or the process has ended. */
async function readiness(log: Readable, models: number): Promise<Readiness> {
  let listening: Readiness = { url: undefined, listeningAtMs: Number.NaN };
  let ready = 0;
  for await (const text of createInterface({ input: log })) {
    const line = lineSchema.parse(JSON.parse(text));
    if (line.message === 'Switchyard is listening.') {
      listening = { url: line.url, listeningAtMs: performance.now() };
    }
    if (line.step === 'failed') throw new Error(text);
    if (line.step === 'ready') ready += 1;
    if (ready === models) break;
  }
  return listening;
}
