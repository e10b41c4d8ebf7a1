import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { modelReady, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';
import { fieldOf, subscribe } from '../support/graphql-client.ts';
import { realDataDirectory } from '../support/real-data.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const story = {
  query: `subscription { generateStream(input: {
      prompt: "Tell me a long story about the sea.", cache: { mode: OFF },
      sampling: { temperature: 0, repetitionPenalty: 1.2, maxOutputTokens: 150 } }) {
    __typename ... on GenerationFailed { problem { code } } } }`,
};

async function start(env: Record<string, string> = {}): Promise<GatewayProcess> {
  const gateway = await startGatewayProcess({ dataDirectory: realDataDirectory, env });
  await modelReady(gateway);
  return gateway;
}

const health = async (gateway: GatewayProcess, path: string) =>
  (await fetch(new URL(path, gateway.url))).status;

test('SIGTERM lets a stream end, takes no new work, and exits with 0', async () => {
  const gateway = await start();
  expect([await health(gateway, '/livez'), await health(gateway, '/readyz')]).toEqual([200, 200]);
  const names: unknown[] = [];
  let stopped: Promise<number | null> | undefined;
  for await (const response of subscribe(gateway.url, story)) {
    names.push(fieldOf(response, 'generateStream')['__typename']);
    if (names.length === 3) stopped = gateway.stop();
  }
  expect(names.at(-1)).toBe('GenerationCompleted');
  expect(await stopped).toBe(0);
});

test('a stream that outlasts the drain limit is ended with a typed problem', async () => {
  const gateway = await start({ SWITCHYARD_DRAIN_SECONDS: '0' });
  const events: unknown[] = [];
  let stopped: Promise<number | null> | undefined;
  for await (const { data } of subscribe(gateway.url, story)) {
    events.push(data?.['generateStream']);
    if (events.length === 3) stopped = gateway.stop();
  }
  expect(events.at(-1)).toMatchObject({
    __typename: 'GenerationFailed',
    problem: { code: 'SERVER_SHUTDOWN' },
  });
  expect(await stopped).toBe(0);
});

test('a gateway that is killed leaves no child behind', async () => {
  const gateway = await start();
  const children = execFileSync('pgrep', ['-P', String(gateway.process.pid)], { encoding: 'utf8' });
  const pids = children.trim().split('\n');
  expect(pids.length).toBeGreaterThan(0);
  await gateway.stop('SIGKILL');
  await Promise.all(pids.map((pid) => ended(Number(pid))));
});

test('a second gateway on the same data folder is refused in one line', async () => {
  const gateway = await start();
  const second = await command(['start', '--port', '0', '--data', realDataDirectory]);
  expect(second).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^The data folder \S+ is in use by process \d+ since .+\n$/),
  });
  await gateway.stop();
});

test('a port in use is told in one line', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const refused = await command(['start', '--port', String(port), '--data', realDataDirectory]);
  server.close();
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^[^\n]*port[^\n]*in use[^\n]*\n$/i),
  });
});

function command(
  args: readonly string[],
): Promise<{ code: number | string | undefined | null; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['src/main.ts', ...args], { cwd: root }, (error, _stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stderr });
    });
  });
}

/** Waits for a process that is not our child; `tail` notices its end without our asking again and again. */
async function ended(pid: number): Promise<void> {
  const watcher = execFile('tail', ['--pid', String(pid), '-f', '/dev/null']);
  await once(watcher, 'exit');
}
