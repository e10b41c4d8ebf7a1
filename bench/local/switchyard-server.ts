import { createParser } from 'eventsource-parser';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { importEncoder, importGguf } from '../../adapters/onnx/import/index.ts';
import { miniLmWeights } from '../../test/support/real-downloads.ts';
import { startGateway, type GatewayProcess } from '../gateway-process.ts';
import { eventLoopLagP99Ms, lagProbe } from './lag.ts';
import { childrenOf, residentMegabytes } from './resident.ts';
import { system, type LocalServer, type Seen } from './server.ts';

const eventSchema = z.object({
  data: z.object({
    generateStream: z.object({
      text: z.string().optional(),
      generation: z
        .object({ usage: z.object({ inputTokens: z.number(), outputTokens: z.number() }) })
        .optional(),
      problem: z.object({ message: z.string() }).optional(),
    }),
  }),
});

const query = `subscription ($system: String!, $prompt: String!, $max: Int!) {
  generateStream(input: { model: "smollm2-135m", system: $system, prompt: $prompt, cache: { mode: OFF },
      sampling: { temperature: 0, repetitionPenalty: 1.2, maxOutputTokens: $max } }) {
    ... on TextDelta { text }
    ... on GenerationCompleted { generation { usage { inputTokens outputTokens } } }
    ... on GenerationFailed { problem { message } } } }`;

const likelySchema = z.object({
  data: z.object({
    generate: z.object({
      logprobs: z.tuple([z.object({ top: z.array(z.object({ text: z.string(), logprob: z.number() })) })]),
    }),
  }),
});

const likelyQuery = `query ($system: String!, $prompt: String!) {
  generate(input: { model: "smollm2-135m", system: $system, prompt: $prompt, cache: { mode: OFF }, logprobs: { top: 20 },
      sampling: { temperature: 0, maxOutputTokens: 1 } }) {
    ... on Generation { logprobs { top { text logprob } } } ... on Problem { message } } }`;

/** The gateway as a user starts it, asked over HTTP. */
export interface SwitchyardServer extends LocalServer {
  /** How late the gateway's event loop ran since the last call of this: 99 of 100 times no later. */
  eventLoopLagP99Ms(): Promise<number>;
}

export async function startSwitchyard(gguf: string): Promise<SwitchyardServer> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-local-'));
  const path = join(folder, 'models', 'smollm2-135m');
  await importGguf({ file: gguf, directory: path, name: 'smollm2-135m', source: 'bench' });
  const options = { slots: 8, maxContextTokens: 2048, threads: 2, maxQueue: 64 };
  const lagSocket = join(folder, 'lag.sock');
  const gateway = await serve(
    folder,
    { name: 'smollm2-135m', contextTokens: 2048, options: { model: 'smollm2-135m', path, ...options } },
    lagProbe(lagSocket),
  );
  return {
    name: 'switchyard',
    pid: gateway.pid,
    ask: (prompt, maxOutputTokens) => ask(gateway.url, prompt, maxOutputTokens),
    firstTokens: (prompt) => firstTokens(gateway.url, prompt),
    eventLoopLagP99Ms: () => eventLoopLagP99Ms(lagSocket),
    residentMegabytes: () => Math.max(...childrenOf(gateway.pid).map((child) => residentMegabytes(child))),
    stop: () => gateway.stop(),
  };
}

/** A gateway of its own: models of one gateway share the cores. */
export async function startEmbedder(): Promise<GatewayProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-local-'));
  const path = join(folder, 'models', 'all-minilm-l6-v2');
  const file = await miniLmWeights();
  await importEncoder({ file, directory: path, name: 'all-minilm-l6-v2', source: 'bench' });
  return await serve(folder, {
    name: 'all-minilm-l6-v2',
    capabilities: ['embeddings'],
    options: { model: 'all-minilm-l6-v2', path, threads: 2 },
  });
}

async function serve(folder: string, deployment: object, preload?: URL): Promise<GatewayProcess> {
  const config = join(folder, 'switchyard.yaml');
  // JSON is YAML.
  await writeFile(config, JSON.stringify({ deployments: [{ kind: 'onnx', local: true, ...deployment }] }));
  return await startGateway(folder, {
    flags: ['--config', config],
    ...(preload === undefined ? {} : { preload }),
  });
}

async function firstTokens(url: string, prompt: string): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: likelyQuery, variables: { system, prompt } }),
  });
  const [{ top }] = likelySchema.parse(await response.json()).data.generate.logprobs;
  return new Map(top.map(({ text, logprob }) => [text, logprob]));
}

async function ask(url: string, prompt: string, max: number): Promise<Seen> {
  const startedMs = performance.now();
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables: { system, prompt, max } }),
  });
  const times: number[] = [];
  let usage = { inputTokens: 0, outputTokens: 0 };
  const parser = createParser({
    onEvent({ data }) {
      if (data === '') return;
      const { text, generation, problem } = eventSchema.parse(JSON.parse(data)).data.generateStream;
      if (problem !== undefined) throw new Error(problem.message);
      if (text !== undefined) times.push(performance.now());
      usage = generation?.usage ?? usage;
    },
  });
  for await (const text of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    parser.feed(text);
  }
  const firstMs = (times[0] ?? Number.NaN) - startedMs;
  return { firstMs, writingMs: (times.at(-1) ?? Number.NaN) - startedMs - firstMs, ...usage };
}
