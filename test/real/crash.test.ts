import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelReady, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';
import { fieldOf, graphql, subscribe } from '../support/graphql-client.ts';
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
  const events: ReturnType<typeof fieldOf>[] = [];
  let deltas = 0;
  for await (const response of subscribe(gateway.url, { query, variables: { input } })) {
    const event = fieldOf(response, 'generateStream');
    events.push(event);
    if (event['__typename'] !== 'TextDelta') continue;
    deltas += 1;
    if (deltas === 3) killModel();
  }
  expect(events.at(-1)).toMatchObject({
    __typename: 'GenerationFailed',
    problem: { code: 'UPSTREAM_FAILED', message: expect.stringContaining('broke off') },
    partialText: expect.stringMatching(/\w/),
  });

  // Ready once before the kill, and again after it.
  await gateway.logged(() => gateway.log.filter((line) => line['step'] === 'ready').length === 2);
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
