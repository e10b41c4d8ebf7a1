import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const root = fileURLToPath(new URL('..', import.meta.url));
const lineSchema = z.looseObject({
  message: z.string(),
  url: z.string().optional(),
  step: z.string().optional(),
});

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
  { flags = [], models = 1 }: { readonly flags?: readonly string[]; readonly models?: number } = {},
): Promise<GatewayProcess> {
  const startedMs = performance.now();
  const child = spawn(
    process.execPath,
    ['src/main.ts', '--port', '0', '--data', dataDirectory, '--log-format', 'json', ...flags],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = once(child, 'exit');
  let url: string | undefined;
  let listeningMs = 0;
  let ready = 0;
  for await (const text of createInterface({ input: child.stdout })) {
    const line = lineSchema.parse(JSON.parse(text));
    if (line.message === 'Switchyard is listening.') {
      url = line.url;
      listeningMs = performance.now() - startedMs;
    }
    if (line.step === 'failed') throw new Error(text);
    if (line.step === 'ready') ready += 1;
    if (ready === models) break;
  }
  const readyMs = performance.now() - startedMs;
  child.stdout.resume();
  if (url === undefined || child.pid === undefined) throw new Error('The gateway did not start.');
  return {
    url,
    pid: child.pid,
    listeningMs,
    readyMs,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
