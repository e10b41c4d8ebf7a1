import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { ModelAdapter, StreamPart } from '../../adapters/contract.ts';
import { adapterFor, ask } from '../adapters/openai/open.ts';
import {
  adapterErrorOf,
  drain,
  endsSoon,
  finishOf,
  firstText,
  generate,
  partsOf,
  settlesAfterMs,
} from '../conformance/observe.ts';
import { startLlamaServer, type LlamaServer } from '../support/real-downloads.ts';

/** SmolLM2 repeats itself in answer to it until its context of 2048 tokens is full. */
const endless = ask('What is the capital of France?', { sampling: { temperature: 0 } });
const brief = ask('Hi', { sampling: { temperature: 0, maxOutputTokens: 4 } });

let server: LlamaServer;
let adapter: ModelAdapter;

beforeAll(async () => {
  server = await startLlamaServer({ slots: 1 });
  adapter = adapterFor({ baseUrl: server.baseUrl });
});

afterAll(async () => {
  await adapter.close();
  await server.stop();
});

test('an abort in the middle of an answer ends it within 100 ms', async () => {
  await endsSoon(async () => {
    const aborter = new AbortController();
    const iterator = generate(adapter, endless, aborter.signal);
    await firstText(iterator);
    const rest = drain(iterator);
    aborter.abort();
    const tookMs = settlesAfterMs(rest);
    await adapterErrorOf(rest, 'aborted');
    return tookMs;
  });
});

type Leaving = (iterator: AsyncIterator<StreamPart>, aborter: AbortController) => Promise<unknown>;

const leavings: Readonly<Record<string, Leaving>> = {
  'an abort': (iterator, aborter) => {
    aborter.abort();
    return adapterErrorOf(drain(iterator), 'aborted');
  },
  'a consumer that leaves the loop': async (iterator) => iterator.return?.(),
};

// With one slot the next call begins once the first is over; until its own end that one would take some 2000 steps.
test.each(Object.entries(leavings))('%s frees the slot of the server', async (_who, leave) => {
  const before = await stepsOf(server);
  const aborter = new AbortController();
  const iterator = generate(adapter, endless, aborter.signal);
  await firstText(iterator);
  await leave(iterator, aborter);
  expect(finishOf(await partsOf(adapter, brief)).usage.outputTokens).toBe(4);
  expect((await stepsOf(server)) - before).toBeLessThan(200);
});

test('a server killed in the middle of an answer cuts the stream, and cannot be reached afterwards', async () => {
  const doomed = await startLlamaServer({ slots: 1 });
  const doomedAdapter = adapterFor({ baseUrl: doomed.baseUrl });
  onTestFinished(async () => {
    await doomedAdapter.close();
    await doomed.stop();
  });
  const iterator = generate(doomedAdapter, endless);
  await firstText(iterator);
  doomed.kill();
  await adapterErrorOf(drain(iterator), 'stream-cut');
  await adapterErrorOf(partsOf(doomedAdapter, brief), 'connection');
});

/** How often the model has been run since the server started. */
async function stepsOf({ baseUrl }: LlamaServer): Promise<number> {
  const metrics = await (await fetch(new URL('/metrics', baseUrl))).text();
  const steps = /^llamacpp:n_decode_total (\d+)$/m.exec(metrics)?.[1];
  return Number(steps ?? expect.fail('the server does not tell how many steps it took'));
}
