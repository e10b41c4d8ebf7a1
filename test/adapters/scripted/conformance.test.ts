import { createScriptedAdapter } from '../../../adapters/scripted/index.ts';
import { scriptedOptionsSchema } from '../../../adapters/scripted/options.ts';
import { adapterErrorKinds, type AdapterErrorKind } from '../../../adapters/errors.ts';
import { describeAdapter } from '../../conformance/adapter.ts';
import { conformanceContext, type Fixture } from '../../conformance/fixture.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { ask } from './open.ts';

const hourMs = 3_600_000;
const faults = adapterErrorKinds.filter((kind) => kind !== 'aborted');

const options = scriptedOptionsSchema.parse({
  capabilities: ['text', 'embeddings', 'classification', 'reranking'],
  rules: [
    {
      when: { equals: 'without usage' },
      play: [{ type: 'text', text: 'as you like' }],
      finish: { usage: 'unknown' },
    },
    { when: { equals: 'silence' }, play: [{ type: 'stall' }] },
    { when: { equals: 'silence\nstall' }, play: [{ type: 'stall' }] },
    {
      when: { equals: 'stall' },
      play: [
        { type: 'text', text: 'so far' },
        { type: 'wait', durationMs: hourMs },
      ],
    },
    {
      when: { equals: 'flood' },
      play: [
        { type: 'text', text: 'drop' },
        { type: 'text', text: 'drop', times: 1_000_000, delayMs: 1 },
      ],
    },
    ...faults.map((kind) => ({ when: { equals: kind }, play: [{ type: 'fail', kind }] })),
  ],
});

/** The clock stands still but for `heldBack`; each part of the flood after the first would start a timer. */
function create(): Promise<Fixture> {
  const clock = createFakeClock();
  let started = 0;
  const adapter = createScriptedAdapter(
    options,
    conformanceContext({
      clock: {
        ...clock,
        after(delayMs, callback) {
          started += 1;
          return clock.after(delayMs, callback);
        },
      },
    }),
  );
  const noTimers = (): Promise<void> =>
    clock.pendingTimers() === 0 ? Promise.resolve() : Promise.reject(new Error('a timer is still pending'));
  return Promise.resolve({
    adapter,
    idle: noTimers,
    async heldBack() {
      const before = started;
      await clock.advanceAsync(1000);
      return 1 + started - before;
    },
    bufferLimit: 1,
    released: noTimers,
    dispose: () => adapter.close(),
  });
}

describeAdapter({
  name: 'scripted',
  create,
  scenarios: {
    answer: ask('one two three'),
    answerWithoutUsage: ask('without usage'),
    silence: ask('silence'),
    stall: ask('stall'),
    flood: ask('flood'),
    unicode: { call: ask('Füße 👩‍👩‍👧 日本 e\u0301'), text: 'Füße 👩‍👩‍👧 日本 e\u0301' },
    apart: [ask('first of two'), ask('second of two')],
    failures: byKind((kind) => ask(kind)),
    embed: { texts: ['near', 'far', 'near'] },
    embedSilence: { texts: ['silence'] },
    embedFailures: byKind((kind) => ({ texts: [kind] })),
    classify: { texts: ['one', 'two'] },
    classifySilence: { texts: ['silence'] },
    rerankSilence: { query: 'silence', documents: ['stall'] },
    rerank: {
      call: { query: 'pets at home', documents: ['tax law', 'cats are pets', 'pets at home'] },
      best: 2,
    },
  },
});

function byKind<Call>(call: (kind: string) => Call): Partial<Record<AdapterErrorKind, Call>> {
  return Object.fromEntries(faults.map((kind) => [kind, call(kind)]));
}
