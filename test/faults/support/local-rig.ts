import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { importEncoder, importGguf } from '../../../adapters/onnx/import/index.ts';
import { startGatewayProcess, type GatewayProcess } from '../../support/gateway-process.ts';
import { graphql } from '../../support/graphql-client.ts';
import { miniLmWeights, smollm2Gguf } from '../../support/real-downloads.ts';

/** A gateway with real models of this machine, of which not all fit into its memory at once. */
export interface LocalRig extends AsyncDisposable {
  readonly gateway: GatewayProcess;
  /** `loadModel`, `unloadModel` or `reloadModel`, answered. */
  operate(this: void, operation: string, deployment: string): Promise<void>;
  /** Every process of a model, as the gateway tells of it. */
  processes(): Promise<readonly LocalProcess[]>;
}

const processSchema = z.object({ pid: z.number(), busySlots: z.number(), queued: z.number() });
export type LocalProcess = z.infer<typeof processSchema>;

const deploymentsSchema = z.array(
  z.object({ local: z.object({ processes: z.array(processSchema) }).nullable() }),
);

/** Two of the same model; both at once, with the encoder, are more than the budget. */
export const chatDeployments = ['chat-one', 'chat-two'] as const;
export const embedDeployment = 'embedder';
const memoryBytes = 1_300_000_000;

export async function startLocalRig(): Promise<LocalRig> {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-soak-'));
  const chat = join(folder, 'smollm2-135m');
  const encoder = join(folder, 'all-minilm-l6-v2');
  await importGguf({ file: await smollm2Gguf(), directory: chat, name: 'smollm2-135m', source: 'soak' });
  await importEncoder({
    file: await miniLmWeights(),
    directory: encoder,
    name: 'all-minilm-l6-v2',
    source: 'soak',
  });
  const config = join(folder, 'switchyard.yaml');
  await writeFile(config, JSON.stringify(catalogue(chat, encoder)));
  const gateway = await startGatewayProcess({
    dataDirectory: join(folder, 'data'),
    env: {
      SWITCHYARD_CONFIG: config,
      SWITCHYARD_LOCAL_MEMORY_BYTES: String(memoryBytes),
      // Little room for garbage, so that memory that grows is memory that is kept.
      NODE_OPTIONS: '--max-old-space-size=128 --max-semi-space-size=4',
    },
  });
  return {
    gateway,
    async operate(operation, deployment) {
      await graphql(gateway.url, {
        query: `mutation ($id: ID!) { ${operation}(deployment: $id) { __typename } }`,
        variables: { id: deployment },
      });
    },
    processes: async () => await processesOf(gateway.url),
    async [Symbol.asyncDispose]() {
      await gateway.stop('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function catalogue(chat: string, encoder: string): object {
  const options = {
    start: 'on-demand',
    slots: 8,
    maxContextTokens: 1024,
    threads: 1,
    prefixCacheBytes: 64e6,
  };
  return {
    deployments: [
      ...chatDeployments.map((name) => ({
        name,
        kind: 'onnx',
        local: true,
        options: { ...options, model: 'smollm2-135m', path: chat },
      })),
      {
        name: embedDeployment,
        kind: 'onnx',
        local: true,
        capabilities: ['embeddings'],
        options: { model: 'all-minilm-l6-v2', path: encoder, threads: 1, start: 'on-demand' },
      },
    ],
  };
}

async function processesOf(url: string): Promise<readonly LocalProcess[]> {
  const { data } = await graphql(url, {
    query: '{ deployments { local { processes { pid busySlots queued } } } }',
  });
  return deploymentsSchema.parse(data?.['deployments']).flatMap(({ local }) => local?.processes ?? []);
}
