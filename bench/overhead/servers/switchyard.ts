import { mkdtempSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { flags } from '../flags.ts';
import type { Server, Surroundings } from './server.ts';

const wholeAnswer = `query Generate($input: GenerateInput!) {
  generate(input: $input) {
    ... on Generation { id text finishReason usage { inputTokens outputTokens } }
    ... on Problem { code message }
  }
}`;

const streamedAnswer = `subscription Stream($input: GenerateInput!) {
  generateStream(input: $input) {
    ... on TextDelta { text }
    ... on GenerationCompleted { generation { finishReason } }
    ... on GenerationFailed { problem { code message } }
  }
}`;

const logLine = z.looseObject({ message: z.string(), url: z.string().optional() });

/** As a user starts it, with everything on: breaker, cache, every trace exported. */
export const switchyard: Server = {
  name: 'switchyard',
  slowToWarm: true,
  lgFlags: ({ stream, number }) =>
    flags({
      '--kind': 'graphql',
      '--query': stream ? streamedAnswer : wholeAnswer,
      '--variables': JSON.stringify({ input: { model: '%MODEL%', prompt: `Run ${number}: %PROMPT%` } }),
    }),
  missing: () => Promise.resolve(undefined),
  async start(surroundings) {
    const folder = mkdtempSync(join(surroundings.scratch, 'switchyard-'));
    const catalogue = join(folder, 'switchyard.yaml');
    writeFileSync(catalogue, stringify({ deployments: deployments(surroundings) }));
    const { pid, ready, stop } = await surroundings.processes.start(
      {
        file: process.execPath,
        args: [
          'src/main.ts',
          '--config',
          catalogue,
          '--port',
          '0',
          '--data',
          join(folder, 'data'),
          '--log-format',
          'json',
        ],
        core: 'server',
        cwd: resolve(import.meta.dirname, '../../..'),
        env: {
          OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${surroundings.sinkPort}`,
          SWITCHYARD_DRAIN_SECONDS: '1',
        },
      },
      { line: listeningPort },
    );
    return { port: ready, pid, stop };
  },
};

/** One a model: the model's name tells the mock how to answer. */
function deployments({ models, mockPort }: Surroundings): readonly object[] {
  return models.map((model) => ({
    name: model,
    kind: 'openai',
    options: { model, baseUrl: `http://127.0.0.1:${mockPort}/v1`, apiKey: 'sk-mock' },
    prices: { inputUsdPerMillionTokens: '0.05', outputUsdPerMillionTokens: '0.20' },
  }));
}

function listeningPort(text: string): number | undefined {
  const { message, url } = logLine.parse(JSON.parse(text));
  return message === 'Switchyard is listening.' && url !== undefined ? Number(new URL(url).port) : undefined;
}
