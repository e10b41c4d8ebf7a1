import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFakeHub, type FakeHub } from '../onnx/acquire/fake-hub.ts';
import { startBrowser, visitAgain } from '../support/browser.ts';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';
import { record, response, run } from '../support/graphiql-page.ts';
import { smollm2Gguf } from '../support/real-downloads.ts';

/** Two deployments of one model, which has yet to come from the hub. */
const catalogue = ['left', 'right'].map(
  (name) =>
    `  - { name: ${name}, kind: onnx, local: true, options: { model: smollm2, start: on-demand, threads: 1, maxContextTokens: 1024 } }\n`,
);

let folder: string;
let hub: FakeHub;
let gateway: GatewayProcess;
let browser: Browser;
/** One person, with many tabs open. */
let person: BrowserContext;
const complaints: (readonly string[])[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphiql-'));
  const catalogueFile = join(folder, 'switchyard.yaml');
  await writeFile(catalogueFile, `deployments:\n${catalogue.join('')}`);
  hub = await startFakeHub({ 'SmolLM2-135M-Instruct.Q4_1.gguf': await readFile(await smollm2Gguf()) });
  gateway = await startGatewayProcess({
    dataDirectory: join(folder, 'data'),
    env: { SWITCHYARD_CONFIG: catalogueFile, HF_ENDPOINT: hub.endpoint },
  });
  browser = await startBrowser();
  person = await browser.newContext();
});

afterAll(async () => {
  await browser.close();
  await gateway.stop();
  await hub[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** GraphiQL in a tab of its own, with an operation written in it. */
async function open(query: string): Promise<Page> {
  const address = new URL(gateway.url);
  address.searchParams.set('query', query);
  const visit = await visitAgain(person, address.href);
  complaints.push(visit.complaints);
  await visit.page.getByRole('tab', { selected: true }).waitFor();
  return visit.page;
}

/** Runs the operation and gives what is shown once the text is. */
async function shown(page: Page, text: string): Promise<string> {
  await run(page);
  await response(page).getByText(text).first().waitFor();
  return ((await response(page).textContent()) ?? '').replaceAll('\u00a0', ' ');
}

const watch = (deployment: string): string =>
  `subscription { loadChanged(deployment: "${deployment}") { load { step progress } } }`;
const both = (mutation: string): string =>
  `mutation { ${['left', 'right'].map((name) => `${name}: ${mutation}(deployment: "${name}") { ... on Deployment { state } }`).join(' ')} }`;
const slots = '{ deployments { name local { processes { busySlots queued } } } }';
const story = (deployment: string, seed: number): string => `subscription { generateStream(input: {
  model: "${deployment}", prompt: "Tell me a long story about the sea.", cache: { mode: OFF },
  sampling: { seed: ${seed}, maxOutputTokens: 900, logitBias: [{ token: 2, bias: -100 }] } }) { __typename
    ... on TextDelta { text } ... on GenerationFailed { problem { message } } } }`;

test('a model is pulled from the hub, and its bytes are counted', async () => {
  const pulling = await open(
    'mutation { pullModel(input: { source: "hf:team/tiny", name: "smollm2" }) { ... on ModelPull { id } ... on Problem { message } } }',
  );
  const id = /"id": "(.+?)"/.exec(await shown(pulling, '"id"'))?.[1];
  const following = await open(
    `subscription { modelPull(id: "${id}") { step bytesDone bytesTotal problem { message } } }`,
  );
  const seen = await record(following);
  await shown(following, '"READY"');
  expect(seen.join('\n')).toMatch(/"(DOWNLOADING|CONVERTING)",\s*"bytesDone": [1-9]/);
});

test('two deployments are loaded side by side, each with its progress', async () => {
  const watching = await Promise.all(['left', 'right'].map(async (name) => await open(watch(name))));
  const seen = await Promise.all(watching.map(record));
  for (const page of watching) await shown(page, '"UNLOADED"');
  await shown(await open(both('loadModel')), '"LOADING"');
  for (const page of watching) await response(page).getByText('"READY"').waitFor();
  for (const texts of seen) expect(texts.join('\n')).toContain('"LOADING"');
});

test('eight streams run at once in the tabs of one browser, four on each', async () => {
  const streams = await Promise.all(
    Array.from(
      { length: 8 },
      async (_, index) => await open(story(index % 2 === 0 ? 'left' : 'right', index)),
    ),
  );
  const looking = await open(slots);
  for (const page of streams) await shown(page, 'text so far');
  const busy = await shown(looking, '"busySlots"');
  expect([...busy.matchAll(/"busySlots": (\d+)/g)].map(([, count]) => count)).toEqual(['4', '4']);
  for (const page of streams) {
    await page.getByRole('button', { name: /^Stop query/ }).click();
  }
});

test('both are unloaded, and their processes are gone', async () => {
  await shown(await open(both('unloadModel')), '"UNLOADED"');
  expect(await shown(await open(slots), '"processes"')).toMatch(/("processes": \[\].*){2}/s);
});

test('nothing in the pages complained, and the gateway itself has not loaded the runtime', async () => {
  expect(complaints.flat()).toEqual([]);
  expect(await readFile(`/proc/${gateway.process.pid}/maps`, 'utf8')).not.toContain('onnxruntime');
});
