import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelReady, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';
import { graphql, subscribe } from '../support/graphql-client.ts';
import { realDataDirectory } from '../support/real-data.ts';

let gateway: GatewayProcess;

beforeAll(async () => {
  gateway = await startGatewayProcess({ dataDirectory: realDataDirectory });
  await modelReady(gateway);
});

afterAll(async () => {
  await gateway.stop();
});

const input = {
  prompt: 'Tell me a long story about a lighthouse.',
  sampling: { temperature: 0, maxOutputTokens: 400, repetitionPenalty: 1.2 },
  cache: { mode: 'OFF' },
};

test('a model process killed in the middle of an answer is a typed problem, and the next request is answered', async () => {
  const query = `subscription ($input: GenerateInput!) { generateStream(input: $input) {
    __typename ... on TextDelta { text } ... on GenerationFailed { problem { code message } partialText } } }`;
  const events: Record<string, unknown>[] = [];
  for await (const { data } of subscribe(gateway.url, { query, variables: { input } })) {
    const event = data?.['generateStream'] as Record<string, unknown>;
    events.push(event);
    if (events.filter((each) => each['__typename'] === 'TextDelta').length === 3) killModel();
  }
  expect(events.at(-1)).toMatchObject({
    __typename: 'GenerationFailed',
    problem: { code: 'UPSTREAM_FAILED', message: expect.stringContaining('broke off') },
    partialText: expect.stringMatching(/\w/),
  });

  const ready = gateway.log.length;
  await gateway.logged((line) => line['step'] === 'ready' && gateway.log.indexOf(line) >= ready - 1);
  const again = await graphql(gateway.url, {
    query:
      'query ($input: GenerateInput!) { generate(input: $input) { ... on Generation { text } ... on Problem { code message } } }',
    variables: { input: { ...input, sampling: { maxOutputTokens: 4 } } },
  });
  expect(again.data?.['generate']).toMatchObject({ text: expect.stringMatching(/\w/) });
});

function killModel(): void {
  const children = execFileSync('pgrep', ['-P', String(gateway.process.pid)], { encoding: 'utf8' });
  for (const pid of children.trim().split('\n')) process.kill(Number(pid), 'SIGKILL');
}
