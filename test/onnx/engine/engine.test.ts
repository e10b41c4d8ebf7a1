import { expect, test } from 'vitest';
import type { AdapterError } from '../../../adapters/errors.ts';
import { createEngine, type Engine, type EngineCall } from '../../../adapters/onnx/engine/engine.ts';
import type { EnginePart } from '../../../adapters/onnx/engine/protocol.ts';
import type { SequenceStep } from '../../../adapters/onnx/engine/sequence.ts';
import { createFakeClock, settled } from '../../support/fake-clock.ts';

const clock = createFakeClock();

interface Controlled {
  readonly engine: Engine;
  /** Ends the graph's run that is under way with this step. */
  step(step: SequenceStep | Error): Promise<void>;
  /** Prompts of the sequences begun so far. */
  readonly begun: string[];
  /** Prompts turned into tokens so far. */
  readonly encoded: string[];
}

/** An engine whose runs last until the test ends them. */
function controlled(maxQueue = 8): Controlled {
  const begun: string[] = [];
  const encoded: string[] = [];
  let running = Promise.withResolvers<SequenceStep>();
  const engine = createEngine({
    maxQueue,
    monotonicMs: clock.monotonicMs,
    onFatal: (error) => expect.fail(String(error)),
    encode({ messages }) {
      const prompt = messages[0]?.content ?? '';
      encoded.push(prompt);
      return Array.from(prompt, (_, index) => index);
    },
    open({ messages }) {
      begun.push(messages[0]?.content ?? '');
      return {
        advance() {
          running = Promise.withResolvers();
          return running.promise;
        },
        outputTokens: () => 3,
      };
    },
  });
  return {
    engine,
    begun,
    encoded,
    async step(step) {
      if (step instanceof Error) running.reject(step);
      else running.resolve(step);
      await settled();
    },
  };
}

interface Asked {
  readonly call: EngineCall;
  readonly parts: EnginePart[];
  readonly failures: AdapterError[];
}

function ask(engine: Engine, prompt: string, credit = 100): Asked {
  const parts: EnginePart[] = [];
  const failures: AdapterError[] = [];
  const request = {
    messages: [{ role: 'user' as const, content: prompt }],
    sampling: { seed: 1, stop: [], maxOutputTokens: 10 },
  };
  const sink = {
    part: (part: EnginePart) => void parts.push(part),
    failed: (error: AdapterError) => void failures.push(error),
  };
  return { call: engine.generate(request, sink, credit), parts, failures };
}

const finish = { unified: 'stop', raw: 'end-token' } as const;

test('a call gets started, its texts and its finish', async () => {
  const { engine, step } = controlled();
  const { parts } = ask(engine, 'hello');
  await step({ text: '' });
  await step({ text: 'a' });
  await step({ text: 'b', finish });
  expect(parts).toEqual([
    { type: 'started', queuedMs: 0 },
    { type: 'text', text: 'a' },
    { type: 'text', text: 'b' },
    { type: 'finish', reason: finish, inputTokens: 5, outputTokens: 3 },
  ]);
});

test('a call that waits is told how long it waited', async () => {
  const { engine, step } = controlled();
  ask(engine, 'first');
  const { parts } = ask(engine, 'second');
  clock.advance(1500);
  expect(parts).toEqual([]);
  await step({ text: '', finish });
  expect(parts).toEqual([{ type: 'started', queuedMs: 1500 }]);
});

test('a call without credit is not worked on until it gets some', async () => {
  const { engine, step, begun } = controlled();
  const { call, parts } = ask(engine, 'slow reader', 2);
  await step({ text: 'a' });
  ask(engine, 'other');
  await settled();
  expect(begun).toEqual(['slow reader', 'other']);
  await step({ text: '', finish });
  call.grant(1);
  await step({ text: 'b' });
  expect(parts.slice(1)).toEqual([
    { type: 'text', text: 'a' },
    { type: 'text', text: 'b' },
  ]);
});

test('a cancelled call is told at once, and its run’s outcome goes nowhere', async () => {
  const { engine, step, begun } = controlled();
  const { call, parts, failures } = ask(engine, 'first');
  ask(engine, 'second');
  call.cancel();
  expect(failures).toMatchObject([{ kind: 'aborted' }]);
  await step({ text: 'late', finish });
  expect(parts).toEqual([{ type: 'started', queuedMs: 0 }]);
  expect(begun).toEqual(['first', 'second']);
});

test('a call that has ended stays as it is', async () => {
  const { engine, step } = controlled();
  const { call, failures } = ask(engine, 'first');
  await step({ text: 'a', finish });
  call.cancel();
  call.grant(1);
  expect(failures).toEqual([]);
});

test('a run that fails ends its own call only', async () => {
  const { engine, step } = controlled();
  const first = ask(engine, 'first');
  const second = ask(engine, 'second');
  await step(new Error('out of memory'));
  expect(first.failures).toMatchObject([
    { kind: 'unavailable', message: expect.stringContaining('out of memory') },
  ]);
  await step({ text: 'a', finish });
  expect(second.parts.at(-1)).toMatchObject({ type: 'finish' });
});

test('a call is refused before its prompt is read where the queue is full', async () => {
  const { engine, encoded } = controlled(0);
  ask(engine, 'first');
  expect(() => ask(engine, 'second')).toThrow(expect.objectContaining({ kind: 'queue-full' }));
  expect(encoded).toEqual(['first']);
});
