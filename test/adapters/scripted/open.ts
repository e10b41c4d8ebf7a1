import { onTestFinished } from 'vitest';
import type { ModelAdapter, ModelCall } from '../../../adapters/contract.ts';
import { createScriptedAdapter } from '../../../adapters/scripted/index.ts';
import { scriptedOptionsSchema } from '../../../adapters/scripted/options.ts';
import { conformanceContext } from '../../conformance/fixture.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';

export interface Opened {
  readonly adapter: ModelAdapter;
  readonly clock: FakeClock;
}

/** The driver with these options, as a catalogue would write them. It closes with the test. */
export function open(options: object = {}): Opened {
  const clock = createFakeClock();
  const adapter = createScriptedAdapter(
    scriptedOptionsSchema.parse(options),
    conformanceContext({ deployment: 'puppet', clock }),
  );
  onTestFinished(() => adapter.close());
  return { adapter, clock };
}

/** The driver that plays these steps for every call. */
export function playing(...steps: readonly object[]): Opened {
  return open({ rules: [{ play: steps }] });
}

export function ask(text: string, rest: Partial<ModelCall> = {}): ModelCall {
  return { messages: [{ role: 'user', content: [{ type: 'text', text }] }], sampling: {}, ...rest };
}
