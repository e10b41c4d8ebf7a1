import { createParser } from 'eventsource-parser';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { importEncoder, importGguf } from '../../adapters/onnx/import/index.ts';
import { miniLmWeights } from '../../test/support/real-downloads.ts';
import { startGateway } from '../gateway-process.ts';
import { childrenOf, residentMegabytes } from './resident.ts';
import type { LocalServer, Seen } from './server.ts';

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

const query = `subscription ($prompt: String!, $max: Int!) {
  generateStream(input: { model: "smollm2-135m", prompt: $prompt, cache: { mode: OFF },
      sampling: { temperature: 0, repetitionPenalty: 1.2, maxOutputTokens: $max } }) {
    ... on TextDelta { text }
    ... on GenerationCompleted { generation { usage { inputTokens outputTokens } } }
    ... on GenerationFailed { problem { message } } } }`;

/** The gateway as a user starts it, asked over HTTP. The prefix cache is on: prompts differ from their first tokens. */
export interface SwitchyardServer extends LocalServer {
  readonly graphQlUrl: string;
}

const catalogue = (folder: string): string => `deployments:
  - name: smollm2-135m
    kind: onnx
    local: true
    contextTokens: 2048
    options: { model: smollm2-135m, path: ${folder}/models/smollm2-135m, slots: 8, maxContextTokens: 2048, threads: 2, maxQueue: 64 }
  - name: all-minilm-l6-v2
    kind: onnx
    local: true
    capabilities: [embeddings]
    options: { model: all-minilm-l6-v2, path: ${folder}/models/all-minilm-l6-v2, threads: 2 }
`;

export async function startSwitchyard(gguf: string): Promise<SwitchyardServer> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-local-'));
  const models = join(folder, 'models');
  await importGguf({
    file: gguf,
    directory: join(models, 'smollm2-135m'),
    name: 'smollm2-135m',
    source: 'bench',
  });
  await importEncoder({
    file: await miniLmWeights(),
    directory: join(models, 'all-minilm-l6-v2'),
    name: 'all-minilm-l6-v2',
    source: 'bench',
  });
  await writeFile(join(folder, 'switchyard.yaml'), catalogue(folder));
  const gateway = await startGateway(folder, {
    flags: ['--config', join(folder, 'switchyard.yaml')],
    models: 2,
  });
  return {
    name: 'switchyard',
    pid: gateway.pid,
    graphQlUrl: gateway.url,
    ask: (prompt, maxOutputTokens) => ask(gateway.url, prompt, maxOutputTokens),
    residentMegabytes: () => Math.max(...childrenOf(gateway.pid).map((child) => residentMegabytes(child))),
    stop: () => gateway.stop(),
  };
}

async function ask(url: string, prompt: string, max: number): Promise<Seen> {
  const startedMs = performance.now();
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables: { prompt, max } }),
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
