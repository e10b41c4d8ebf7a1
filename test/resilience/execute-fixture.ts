import type { ModelAdapter } from '../../adapters/contract.ts';
import type { Attempt } from '../../src/domain/attempt.ts';
import type { Deployment } from '../../src/domain/deployment.ts';
import { execute, type AdapterBug, type ExecutionEvent } from '../../src/resilience/execute.ts';
import { createGates, type GateStatus } from '../../src/resilience/gate.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

export interface ExecuteFixture {
  readonly clock: FakeClock;
  /** Every attempt that has ended, in the order of their ends. */
  readonly ended: readonly Attempt[];
  readonly bugs: readonly AdapterBug[];
  run(options?: RunOptions): AsyncGenerator<ExecutionEvent, void>;
  gate(deployment: string): GateStatus;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** @default 60000 */
  readonly timeoutMs?: number;
}

/** The targets behind real gates, without jitter, on a clock to turn. */
export function createExecuteFixture(
  targets: readonly (readonly [Deployment, ModelAdapter])[],
): ExecuteFixture {
  const clock = createFakeClock();
  const gates = createGates({ clock, random: () => 0 });
  const ended: Attempt[] = [];
  const bugs: AdapterBug[] = [];
  return {
    clock,
    ended,
    bugs,
    gate: (deployment) => gates.of(deployment).status(),
    run: ({ signal = new AbortController().signal, timeoutMs = 60_000 } = {}) =>
      execute({
        targets: targets.map(([deployment, adapter]) => ({
          deployment,
          adapter,
          gate: gates.of(deployment.name),
        })),
        call: { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }], sampling: {} },
        signal,
        timeoutMs,
        clock,
        startAttempt: () => ({
          traceHeaders: {},
          metadata: () => undefined,
          end: (attempt) => ended.push(attempt),
        }),
        onAdapterBug: (bug) => bugs.push(bug),
      }),
  };
}
