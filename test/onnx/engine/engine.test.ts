import { expect, test } from 'vitest';
import { AdapterError } from '../../../adapters/errors.ts';
import type { DecoderRow } from '../../../adapters/onnx/engine/decoder.ts';
import { createEngine, type Engine, type EngineCall } from '../../../adapters/onnx/engine/engine.ts';
import type { EnginePart } from '../../../adapters/onnx/engine/protocol.ts';
import type { SequenceStep } from '../../../adapters/onnx/engine/sequence.ts';
import { createWorkMeter } from '../../../adapters/onnx/engine/work-meter.ts';
import { createFakeClock, settled } from '../../support/fake-clock.ts';

const clock = createFakeClock();

interface Controlled {
  readonly engine: Engine;
  /** Ends the graph's run that is under way; each of its calls makes the step that its prompt names. */
  run(steps: Readonly<Record<string, SequenceStep>> | Error): Promise<void>;
  /** Prompts of the calls in the run under way. */
  running(): readonly string[];
  /** Prompts turned into tokens so far. */
  readonly encoded: string[];
  /** Prompts whose caches were given back. */
  readonly closed: string[];
}

interface Limits {
  readonly slots?: number;
  readonly maxQueue?: number;
}

/** An engine whose runs last until the test ends them. */
function controlled({ slots = 8, maxQueue = 8 }: Limits = {}): Controlled {
  const encoded: string[] = [];
  const closed: string[] = [];
  const prompts = new WeakMap<DecoderRow, string>();
  let steps: Readonly<Record<string, SequenceStep>> = {};
  let running: readonly string[] = [];
  let run = Promise.withResolvers<readonly Float32Array[]>();
  const engine = createEngine({
    slots,
    maxQueue,
    monotonicMs: clock.monotonicMs,
    meter: createWorkMeter(),
    onFatal: (error) => expect.fail(String(error)),
    decoder: {
      run(rows) {
        running = rows.map(({ row }) => prompts.get(row) ?? '?');
        run = Promise.withResolvers();
        return run.promise;
      },
    },
    async encode({ messages }) {
      const prompt = messages[0]?.content ?? '';
      encoded.push(prompt);
      if (prompt === 'refused') throw new AdapterError('invalid-request', 'no');
      return { tokens: Array.from(prompt, (_, index) => index), operatorTokens: 0 };
    },
    open({ messages }, { tokens }) {
      const prompt = messages[0]?.content ?? '';
      const row = { length: 0, close: () => void closed.push(prompt) };
      prompts.set(row, prompt);
      return {
        row,
        inputTokens: tokens.length,
        prefilling: false,
        cachedTokens: 0,
        outputTokens: 3,
        next: () => [0],
        advance: () => steps[prompt] ?? { text: '' },
        close: () => row.close(),
      };
    },
  });
  return {
    engine,
    encoded,
    closed,
    running: () => running,
    async run(next) {
      const rows = running;
      running = [];
      if (next instanceof Error) run.reject(next);
      else {
        steps = next;
        run.resolve(rows.map(() => new Float32Array()));
      }
      await settled();
    },
  };
}

interface Asked {
  readonly call: EngineCall;
  readonly parts: EnginePart[];
  readonly failures: AdapterError[];
}

async function ask(engine: Engine, prompt: string, { credit = 100, tenant = '' } = {}): Promise<Asked> {
  const parts: EnginePart[] = [];
  const failures: AdapterError[] = [];
  const request = {
    messages: [{ role: 'user' as const, content: prompt }],
    sampling: { seed: 1, stop: [], maxOutputTokens: 10 },
    operatorMessage: false,
    tenant,
    priority: 'interactive' as const,
  };
  const sink = {
    part: (part: EnginePart) => void parts.push(part),
    failed: (error: AdapterError) => void failures.push(error),
  };
  const call = engine.generate(request, sink, credit);
  await settled();
  return { call, parts, failures };
}

const finish = { unified: 'stop', raw: 'end-token' } as const;

test('a call gets started, its texts and its finish', async () => {
  const { engine, run } = controlled();
  const { parts } = await ask(engine, 'hello');
  await run({ hello: { text: '' } });
  await run({ hello: { text: 'a' } });
  await run({ hello: { text: 'b', finish } });
  expect(parts).toEqual([
    { type: 'started', queuedMs: 0 },
    { type: 'text', text: 'a' },
    { type: 'text', text: 'b' },
    { type: 'finish', reason: finish, inputTokens: 5, cachedInputTokens: 0, outputTokens: 3 },
  ]);
});

test('calls join a run and leave it while others go on', async () => {
  const { engine, run, running } = controlled();
  await ask(engine, 'first');
  await ask(engine, 'second');
  expect(running()).toEqual(['first']);
  await run({});
  expect(running()).toEqual(['first', 'second']);
  await run({ first: { text: 'a', finish } });
  expect(running()).toEqual(['second']);
});

test('no more calls are worked on than there are slots, and one that waits is told how long', async () => {
  const { engine, run, running } = controlled({ slots: 1 });
  await ask(engine, 'first');
  const { parts } = await ask(engine, 'second');
  clock.advance(1500);
  await run({});
  expect(running()).toEqual(['first']);
  expect(parts).toEqual([]);
  await run({ first: { text: '', finish } });
  expect(running()).toEqual(['second']);
  expect(parts).toEqual([{ type: 'started', queuedMs: 1500 }]);
});

test('a call without credit is passed over, and its slot serves another', async () => {
  const { engine, run, running } = controlled({ slots: 1 });
  const { call, parts } = await ask(engine, 'slow reader', { credit: 2 });
  await ask(engine, 'other');
  await run({ 'slow reader': { text: 'a' } });
  expect(running()).toEqual(['other']);
  call.grant(1);
  await run({ other: { text: '', finish } });
  expect(running()).toEqual(['slow reader']);
  await run({ 'slow reader': { text: 'b' } });
  expect(parts.slice(1)).toEqual([
    { type: 'text', text: 'a' },
    { type: 'text', text: 'b' },
  ]);
});

test('a tenant with many calls leaves the next slot to another', async () => {
  const { engine, run, running } = controlled({ slots: 2 });
  for (const prompt of ['a1', 'a2', 'a3']) await ask(engine, prompt, { tenant: 'a' });
  await ask(engine, 'b1', { tenant: 'b' });
  await run({ a1: { text: '', finish } });
  expect(running()).toEqual(['a2', 'b1']);
});

test('a cancelled call is told at once, and its cache is given back once no run uses it', async () => {
  const { engine, run, running, closed } = controlled();
  const { call, parts, failures } = await ask(engine, 'first');
  await ask(engine, 'second');
  call.cancel();
  expect(failures).toMatchObject([{ kind: 'aborted' }]);
  expect(closed).toEqual([]);
  await run({ first: { text: 'late', finish } });
  expect(closed).toEqual(['first']);
  expect(parts).toEqual([{ type: 'started', queuedMs: 0 }]);
  expect(running()).toEqual(['second']);
});

test('a call that is cancelled while it waits never begins', async () => {
  const { engine, run, running } = controlled({ slots: 1 });
  await ask(engine, 'first');
  const { call, failures } = await ask(engine, 'second');
  call.cancel();
  await run({ first: { text: '', finish } });
  expect(failures).toMatchObject([{ kind: 'aborted' }]);
  expect(running()).toEqual([]);
});

test('a call that has ended stays as it is', async () => {
  const { engine, run } = controlled();
  const { call, failures } = await ask(engine, 'first');
  await run({ first: { text: 'a', finish } });
  call.cancel();
  call.grant(1);
  expect(failures).toEqual([]);
});

test('a run that fails ends the calls it served, and those that waited go on', async () => {
  const { engine, run } = controlled({ slots: 1 });
  const first = await ask(engine, 'first');
  const second = await ask(engine, 'second');
  await run(new Error('out of memory'));
  expect(first.failures).toMatchObject([
    { kind: 'unavailable', message: expect.stringContaining('out of memory') },
  ]);
  await run({ second: { text: 'a', finish } });
  expect(second.parts.at(-1)).toMatchObject({ type: 'finish' });
});

test('a request whose prompt cannot be made is its own failure', async () => {
  const { engine, run } = controlled();
  const { failures } = await ask(engine, 'refused');
  const { parts } = await ask(engine, 'good');
  await run({ good: { text: '', finish } });
  expect(failures).toMatchObject([{ kind: 'invalid-request' }]);
  expect(parts.at(-1)).toMatchObject({ type: 'finish' });
});

test('a call is refused before its prompt is read where the queue is full', async () => {
  const { engine, encoded } = controlled({ slots: 1, maxQueue: 0 });
  await ask(engine, 'first');
  await expect(ask(engine, 'second')).rejects.toMatchObject({ kind: 'queue-full' });
  expect(encoded).toEqual(['first']);
});
