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

/** The deployment of the provider that the router prefers. */
const preferred = 'gpt-6-luna';

async function breakerState(): Promise<unknown> {
  const { data } = await graphql(gateway.url, {
    query: `{ deployment(id: "${preferred}") { breaker { state } } }`,
  });
  return data?.['deployment'];
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
  expect(await breakerState()).toEqual({ breaker: { state: 'OPEN' } });
  expect(await ask()).toMatchObject({ attempts: [{ deployment: { kind: 'onnx' }, outcome: 'SUCCEEDED' }] });

  provider = await forwardTo(llama.baseUrl);
  await gateway.logged((line) => line['deployment'] === preferred && line['to'] === 'half-open');
  const probes = [await ask(), await ask()];
  expect(probes).toMatchObject(
    probes.map(() => ({
      text: expect.stringMatching(/\w/),
      deployment: { name: preferred, kind: 'openai' },
    })),
  );
  await gateway.logged((line) => line['deployment'] === preferred && line['to'] === 'closed');
  expect(await breakerState()).toEqual({ breaker: { state: 'CLOSED' } });
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
    // What is sent to a server that has closed just now nobody takes; unread it would hold the connection open.
    upstream.on('close', () => client.resume());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
