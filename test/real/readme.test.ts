import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelReady, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';
import { realDataDirectory } from '../support/real-data.ts';

const run = promisify(execFile);

/** The first shell command below a heading of the README, as a reader would copy it. */
async function commandUnder(heading: string): Promise<string> {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const section = readme.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const command = /```sh\n([\s\S]*?)```/.exec(section)?.[1];
  return command ?? expect.fail(`the README has no command under "${heading}"`);
}

let gateway: GatewayProcess;

beforeAll(async () => {
  gateway = await startGatewayProcess({ dataDirectory: realDataDirectory });
  await modelReady(gateway);
});

afterAll(async () => {
  await gateway.stop();
});

async function output(command: string): Promise<string> {
  const here = command.replaceAll('http://localhost:4000/graphql', gateway.url);
  expect(here).not.toBe(command);
  return (await run('bash', ['-c', here])).stdout;
}

test('the first query of the README gets a sensible sentence with its whole story', async () => {
  expect(JSON.parse(await output(await commandUnder('First query')))).toMatchObject({
    data: {
      generate: {
        text: expect.stringContaining('Paris'),
        deployment: { name: 'smollm2-135m' },
        route: { policy: 'balanced' },
        usage: { inputTokens: expect.any(Number), outputTokens: expect.any(Number) },
        cost: { usd: '0' },
        timings: { firstTokenMs: expect.any(Number), totalMs: expect.any(Number) },
      },
    },
  });
});

test('the first stream of the README prints the text piece by piece', async () => {
  const events = (await output(await commandUnder('First stream'))).match(/^data: ?(\{.*)$/gm) ?? [];
  expect(events.length).toBeGreaterThan(10);
  expect(events.at(-1)).toMatch(/"finishReason":"(STOP|LENGTH)"/);
});
