import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { createModelStore } from '../../src/main/models/model-store.ts';
import { createLog } from '../../src/platform/log.ts';
import type { ModelAdapter } from '../../adapters/contract.ts';
import type { Deployment } from '../../src/domain/deployment.ts';
import type { FakeHub } from '../onnx/acquire/fake-hub.ts';
import { fakeHub, temporaryFolder } from '../onnx/acquire/scene.ts';
import { subscribe } from '../support/graphql-client.ts';
import { createTestApp, listening, post, type TestApp } from '../support/test-app.ts';
import { writeTinyGguf } from '../support/tiny-gguf.ts';

/** A gateway whose hub is a server of this machine. */
export interface PullScene extends TestApp {
  readonly url: string;
  readonly hub: FakeHub;
  readonly modelsDirectory: string;
  /** What `pullModel` answers. */
  pull(source: string, name?: string): Promise<Readonly<Record<string, unknown>>>;
  /** Pulls, and gives the id. */
  begin(source: string, name?: string): Promise<string>;
  /** What `modelPull` tells, as it comes, to its end. */
  follow(id: string): AsyncGenerator<PullEvent>;
}

const eventSchema = z.strictObject({
  step: z.string(),
  file: z.string().nullable(),
  bytesDone: z.number().nullable(),
  bytesTotal: z.number().nullable(),
  problem: z.object({ __typename: z.string(), code: z.string(), message: z.string() }).nullable(),
});
export type PullEvent = z.infer<typeof eventSchema>;

const pullModel = `mutation ($input: PullModelInput!) { pullModel(input: $input) { __typename
  ... on ModelPull { id model source progress { step } } ... on Problem { code message } ... on ValidationProblem { issues { path } } } }`;
const modelPull = `subscription ($id: ID!) { modelPull(id: $id) { step file bytesDone bytesTotal problem { __typename code message } } }`;
const answerSchema = z.object({ data: z.object({ pullModel: z.record(z.string(), z.unknown()) }) });

export interface PullSceneOptions {
  /** Of the repository `team/tiny`. @default a tiny chat model as GGUF */
  readonly files?: Readonly<Record<string, Buffer>>;
  /** @default that of a hub with the files */
  readonly endpoint?: string;
  /** @default 100 MB */
  readonly maxBytes?: number;
  readonly models?: (modelsDirectory: string) => readonly (readonly [Deployment, ModelAdapter])[];
}

export async function createPullScene(options: PullSceneOptions = {}): Promise<PullScene> {
  const { files, maxBytes = 100e6, models = () => [] } = options;
  const hub = await fakeHub(files ?? { 'tiny.Q4_1.gguf': await tinyGguf() });
  const modelsDirectory = join(await temporaryFolder(), 'models');
  const log = createLog({ level: 'fatal', destination: { write() {} } });
  const endpoint = options.endpoint ?? hub.endpoint;
  const hubOptions = { endpoint, token: undefined };
  const modelStore = createModelStore({ modelsDirectory, hub: hubOptions, maxBytes, log });
  const app = createTestApp(models(modelsDirectory), { modelStore });
  const url = await listening(app.app);

  async function pull(source: string, name?: string): Promise<Readonly<Record<string, unknown>>> {
    const variables = { input: { source, ...(name === undefined ? {} : { name }) } };
    const response = await app.app.fetch(post({ query: pullModel, variables }));
    return answerSchema.parse(await response.json()).data.pullModel;
  }

  return {
    ...app,
    url,
    hub,
    modelsDirectory,
    pull,
    begin: async (source, name) => z.string().parse((await pull(source, name))['id']),
    async *follow(id) {
      for await (const { data } of subscribe(url, { query: modelPull, variables: { id } }))
        yield eventSchema.parse(data?.['modelPull']);
    },
  };
}

/** The weights of a model that answers gibberish. */
export async function tinyGguf(): Promise<Buffer> {
  const file = join(await temporaryFolder(), 'tiny.gguf');
  await writeTinyGguf(file, { contextTokens: 4096, neverEnds: true });
  return await readFile(file);
}
