import { expect } from 'vitest';
import { describeAdapter, readingCaseNames } from '../conformance/adapter.ts';
import type { Fixture } from '../conformance/fixture.ts';
import { partsOf } from '../conformance/observe.ts';
import { createCountingClock } from './counting-clock.ts';
import { ask, openTinyModel } from './tiny-model.ts';

/** Most parts the process makes ahead: its credit, and a finish on top. */
const bufferLimit = 17;
const longPrompt = 'word '.repeat(600);
const answer = ask('Hello', { maxOutputTokens: 12 });

async function create(): Promise<Fixture> {
  const clock = createCountingClock();
  const model = await (await openTinyModel({ context: { clock } })).ready();
  const { adapter } = model;
  const { pid = 0 } = adapter.inspect();
  return {
    adapter,
    bufferLimit,
    idle: () => adapter.inspect().idle(),
    async heldBack(limit) {
      // A call is begun only when the one before has no credit left, so its end says that the flood stands still.
      await partsOf(adapter, answer);
      const produced = 1 + adapter.inspect().partsWaiting;
      if (produced > limit) throw new Error(`${produced} parts were produced`);
      return produced;
    },
    released() {
      expect(() => process.kill(pid, 0)).toThrow('ESRCH');
      expect(clock.pendingTimers()).toBe(0);
      return Promise.resolve();
    },
    dispose: () => model[Symbol.asyncDispose](),
  };
}

describeAdapter({
  name: 'onnx',
  create,
  scenarios: {
    answer,
    silence: ask(longPrompt, { maxOutputTokens: 4 }),
    stall: ask('Go on', { maxOutputTokens: 4000 }),
    flood: ask('Go on', { maxOutputTokens: 4000 }),
    apart: [answer, ask('A wholly different question', { maxOutputTokens: 12 })],
    failures: {
      'context-length': ask('word '.repeat(5000)),
      unsupported: { ...answer, tools: [{ name: 'look', parameters: { type: 'string', contains: 1 } }] },
    },
  },
  optOuts: [
    {
      reason:
        'random weights cannot be made to say a certain text; engine/detokenizer.test.ts holds it for every text',
      cases: ['characters of several bytes arrive whole'],
    },
    { reason: 'the engine always counts', cases: ['unknown usage is undefined'] },
    {
      reason: 'a chat model reads nothing without answering; encoder/conformance.test.ts holds these',
      cases: readingCaseNames,
    },
  ],
});
