import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelReady, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';
import { graphql } from '../support/graphql-client.ts';
import { startLlamaServer, type LlamaServer } from '../support/real-downloads.ts';
import { realDataDirectory } from '../support/real-data.ts';

let port: number;
let llama: LlamaServer;
let gateway: GatewayProcess;
let provider: Server | undefined;

beforeAll(async () => {
  port = await freePort();
  llama = await startLlamaServer();
  gateway = await startGatewayProcess({
    dataDirectory: realDataDirectory,
    env: { OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` },
  });
  await modelReady(gateway);
});

afterAll(async () => {
  await gateway.stop();
  await llama.stop();
  provider?.close();
});

const query = `query { generate(input: {
    prompt: "What is the capital of France?", sampling: { maxOutputTokens: 16 }, cache: { mode: OFF } }) {
  ... on Generation { text deployment { name kind } attempts { deployment { kind } outcome problem { code } } }
  ... on Problem { code message }
} }`;

const ask = async () => (await graphql(gateway.url, { query })).data?.['generate'];

async function breakers(): Promise<readonly string[]> {
  const { data } = await graphql(gateway.url, {
    query: '{ deployments { kind capabilities breaker { state } } }',
  });
  const deployments = data?.['deployments'] as {
    kind: string;
    capabilities: string[];
    breaker: { state: string };
  }[];
  return deployments
    .filter(({ kind, capabilities }) => kind === 'openai' && capabilities.includes('TEXT'))
    .map(({ breaker }) => breaker.state);
}

test('with the provider dead the local model answers and says so; the breakers open, and close once it is back', async () => {
  expect(await ask()).toMatchObject({
    text: expect.stringMatching(/\w/),
    deployment: { kind: 'onnx' },
    attempts: expect.arrayContaining([
      { deployment: { kind: 'openai' }, outcome: 'FAILED', problem: { code: 'CONNECTION_FAILED' } },
      { deployment: { kind: 'onnx' }, outcome: 'SUCCEEDED', problem: null },
    ]),
  });

  for (let call = 2; call <= 5; call += 1) await ask();
  expect(new Set(await breakers())).toEqual(new Set(['OPEN']));
  expect(await ask()).toMatchObject({ attempts: [{ deployment: { kind: 'onnx' }, outcome: 'SUCCEEDED' }] });

  provider = await forwardTo(llama.baseUrl);
  await gateway.logged((line) => line['deployment'] === 'gpt-6-luna' && line['to'] === 'half-open');
  let answer = await ask();
  for (let probe = 0; probe < 10 && !(await breakers()).includes('CLOSED'); probe += 1) answer = await ask();
  expect(answer).toMatchObject({ text: expect.stringMatching(/\w/), deployment: { kind: 'openai' } });
  expect(await breakers()).toContain('CLOSED');
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return free;
}

/** The provider comes back: its address leads to a real server again. */
async function forwardTo(baseUrl: string): Promise<Server> {
  const { hostname, port: target } = new URL(baseUrl);
  const server = createServer((client) => {
    const upstream = connect(Number(target), hostname);
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
