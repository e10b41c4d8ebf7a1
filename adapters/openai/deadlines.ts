import type { AdapterClock } from '../contract.ts';
import { AdapterError, type TimeoutPhase } from '../errors.ts';
import type { Timeouts } from './options.ts';

/** The four deadlines of one call. The first that passes ends it. */
export interface Deadlines {
  /** The reply has begun. */
  headersArrived(): void;
  /** From here the next event is awaited: only such waits count as idle, not the pauses of the consumer. */
  waitBegins(): void;
  waitEnds(): void;
  /** The first text, reasoning or tool call has come: from here the idle deadline holds. */
  contentArrived(): void;
  stop(): void;
}

export function startDeadlines(
  clock: AdapterClock,
  timeouts: Timeouts,
  expire: (failure: AdapterError) => void,
): Deadlines {
  const running = new Map<TimeoutPhase, () => void>();
  let hasContent = false;

  function start(phase: TimeoutPhase, limitMs: number): void {
    running.set(
      phase,
      clock.after(limitMs, () => expire(timeout(phase, limitMs))),
    );
  }
  function cancel(phase: TimeoutPhase): void {
    running.get(phase)?.();
    running.delete(phase);
  }

  start('total', timeouts.totalMs);
  start('headers', timeouts.headersMs);
  start('first-token', timeouts.firstTokenMs);
  return {
    headersArrived: () => cancel('headers'),
    waitBegins() {
      if (hasContent) start('idle', timeouts.idleMs);
    },
    waitEnds: () => cancel('idle'),
    contentArrived() {
      if (hasContent) return;
      hasContent = true;
      cancel('first-token');
    },
    stop() {
      for (const cancelTimer of running.values()) cancelTimer();
      running.clear();
    },
  };
}

const awaited: Readonly<Record<TimeoutPhase, string>> = {
  connect: 'no connection was opened',
  headers: 'no reply began',
  'first-token': 'nothing of the answer came',
  idle: 'the answer stood still',
  total: 'the answer was not whole',
};

function timeout(phase: TimeoutPhase, limitMs: number): AdapterError {
  return new AdapterError('timeout', `${awaited[phase]} within ${limitMs} ms`, { phase });
}
