import type { AdapterClock } from '../contract.ts';
import { AdapterError, type TimeoutPhase } from '../errors.ts';
import type { Timeouts } from './options.ts';

/** In milliseconds; those left out do not hold. */
export interface Limits {
  readonly connectMs?: number | undefined;
  readonly headersMs?: number | undefined;
  readonly firstTokenMs?: number | undefined;
  readonly idleMs?: number | undefined;
  readonly totalMs: number;
}

/** Of a reply that comes in one piece, nothing can be told until it is there. */
export function wholeLimits({ wholeMs, totalMs }: Timeouts): Limits {
  return { totalMs: Math.min(wholeMs, totalMs) };
}

/** The deadlines of one call. The first that passes ends it. */
export interface Deadlines {
  /** The request is on a connection. */
  connected(): void;
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
  limits: Limits,
  expire: (failure: AdapterError) => void,
): Deadlines {
  const running = new Map<TimeoutPhase, () => void>();
  const idle = createIdleDeadline(clock, limits.idleMs, expire);
  let hasContent = false;

  function start(phase: TimeoutPhase, limitMs: number | undefined): void {
    if (limitMs === undefined) return;
    running.set(
      phase,
      clock.after(limitMs, () => expire(timeout(phase, limitMs))),
    );
  }
  function cancel(phase: TimeoutPhase): void {
    running.get(phase)?.();
    running.delete(phase);
  }

  start('total', limits.totalMs);
  start('connect', limits.connectMs);
  start('headers', limits.headersMs);
  start('first-token', limits.firstTokenMs);
  return {
    connected: () => cancel('connect'),
    headersArrived: () => cancel('headers'),
    waitBegins() {
      if (hasContent) idle.waitBegins();
    },
    waitEnds: () => idle.waitEnds(),
    contentArrived() {
      if (hasContent) return;
      hasContent = true;
      cancel('first-token');
    },
    stop() {
      for (const cancelTimer of running.values()) cancelTimer();
      running.clear();
      idle.stop();
    },
  };
}

/**
 * One timer for many short waits, since a timer for each event of a stream costs more than the event. When it rings it asks how
 * long the wait under way has lasted, and is set again for what is left.
 */
function createIdleDeadline(
  clock: AdapterClock,
  limitMs: number | undefined,
  expire: (failure: AdapterError) => void,
) {
  let waitingSinceMs: number | undefined;
  let cancelTimer: (() => void) | undefined;

  function ring(limit: number): void {
    cancelTimer = undefined;
    if (waitingSinceMs === undefined) return;
    const leftMs = waitingSinceMs + limit - clock.monotonicMs();
    if (leftMs <= 0) return expire(timeout('idle', limit));
    cancelTimer = clock.after(leftMs, () => ring(limit));
  }

  return {
    waitBegins(): void {
      waitingSinceMs = clock.monotonicMs();
      if (limitMs !== undefined) cancelTimer ??= clock.after(limitMs, () => ring(limitMs));
    },
    waitEnds(): void {
      waitingSinceMs = undefined;
    },
    stop(): void {
      waitingSinceMs = undefined;
      cancelTimer?.();
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
  // A connection that does not open is the same failure whoever's limit it passes.
  const kind = phase === 'connect' ? 'connection' : 'timeout';
  return new AdapterError(kind, `${awaited[phase]} within ${limitMs} ms`, { phase, limitMs });
}
