import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ModelCall, Sampling } from '../../adapters/contract.ts';
import type { OnnxAdapter } from '../../adapters/onnx/index.ts';
import { generate, partsOf, textOf } from '../conformance/observe.ts';
import { openRealEngine } from '../support/real-engine.ts';

const words =
  'the sea and a wind from the harbour light over one old ship, then some story of winter; 12 markets, 7 rivers: "no!" 😀'.split(
    ' ',
  );

/** A call, and when it joins and leaves. */
interface Visit {
  readonly prompt: string;
  readonly sampling: Sampling;
  /** Joins once that many texts have come for the visits before it. */
  readonly joinsAfter: number;
  /** Leaves after so many texts of its own; `undefined` stays to the end. */
  readonly leavesAfter: number | undefined;
}

const sampling: fc.Arbitrary<Sampling> = fc.oneof(
  fc.constant({ temperature: 0 }),
  fc.record({
    temperature: fc.constantFrom(0.7, 1),
    topP: fc.constantFrom(0.9, 1),
    topK: fc.constantFrom(20, 200),
    seed: fc.nat(1000),
    repetitionPenalty: fc.constantFrom(1, 1.2),
  }),
);

const visit: fc.Arbitrary<Visit> = fc.record({
  prompt: fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 150 }).map((some) => some.join(' ')),
  sampling: fc
    .tuple(sampling, fc.record({ maxOutputTokens: fc.integer({ min: 1, max: 40 }) }))
    .map(([some, limit]): Sampling => Object.assign({}, some, limit)),
  joinsAfter: fc.nat(30),
  leavesAfter: fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined, freq: 4 }),
});

function call({ prompt, sampling: settings }: Visit, tenant: string): ModelCall {
  return {
    messages: [{ role: 'user', content: [{ type: 'text', text: prompt }] }],
    sampling: settings,
    tenant,
  };
}

/** Lets the visits join and leave each other; gives what each was told. */
async function together(adapter: OnnxAdapter, visits: readonly Visit[]): Promise<readonly string[]> {
  let texts = 0;
  const joins = visits.map(() => Promise.withResolvers<void>());
  const look = (): void => {
    for (const [index, { joinsAfter }] of visits.entries()) if (texts >= joinsAfter) joins[index]?.resolve();
  };
  async function attend(one: Visit, index: number): Promise<string> {
    await joins[index]?.promise;
    const parts = generate(adapter, call(one, 'shared'));
    let told = '';
    for (let own = 0; own !== one.leavesAfter;) {
      const { value } = await parts.next();
      if (value === undefined || value.type === 'finish') break;
      if (value.type !== 'text-delta') continue;
      told += value.text;
      own += 1;
      texts += 1;
      look();
    }
    await parts.return?.();
    // Those who wait for more texts than come join once everybody is through.
    joins[index + 1]?.resolve();
    return told;
  }
  look();
  joins[0]?.resolve();
  return await Promise.all(visits.map(attend));
}

test('an answer is the same, token by token, whoever joins and leaves beside it', async () => {
  await using engine = await openRealEngine();
  const { adapter } = engine;
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(visit, { minLength: 8, maxLength: 16 }), async (visits) => {
      const told = await together(adapter, visits);
      for (const [index, one] of visits.entries()) {
        // A tenant of its own: nothing of its prompt is in the prefix cache.
        const alone = textOf(await partsOf(adapter, call(one, `alone-${(compared += 1)}`)));
        if (one.leavesAfter === undefined) expect(told[index]).toBe(alone);
        else expect(alone.startsWith(told[index] ?? 'nothing')).toBe(true);
      }
    }),
    { seed: 20_261, numRuns: 8, endOnFailure: true },
  );
  process.stdout.write(`${compared} answers compared with the same request alone, all equal\n`);
});
