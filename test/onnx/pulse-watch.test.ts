import { expect, test } from 'vitest';
import { createPulseWatch } from '../../adapters/onnx/pulse-watch.ts';
import { createFakeClock } from '../support/fake-clock.ts';

/** A process that works and never answers, after so long a silence was announced. */
function silentProcess(expectedMs: number): { readonly killed: string[]; advance(ms: number): void } {
  const clock = createFakeClock();
  const killed: string[] = [];
  const watch = createPulseWatch({
    clock,
    limits: { stallTimeoutMs: 1000, maxResidentBytes: Infinity },
    pid: undefined,
    ping: () => undefined,
    kill: (reason) => killed.push(reason),
  });
  watch.expect(expectedMs);
  watch.begin();
  return { killed, advance: (ms) => clock.advance(ms) };
}

test('a process without a sign of life is ended', () => {
  const process = silentProcess(0);
  process.advance(900);
  expect(process.killed).toEqual([]);
  process.advance(200);
  expect(process.killed).toEqual(['it gave no sign of life for 1000 ms']);
});

test('a run that is known to take long is no hang until it takes eight times as long', () => {
  const process = silentProcess(500);
  process.advance(3900);
  expect(process.killed).toEqual([]);
  process.advance(200);
  expect(process.killed).toEqual(['it gave no sign of life for 4000 ms']);
});
