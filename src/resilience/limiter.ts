import type { Clock } from '../platform/clock.ts';
import { createDrainRate, type DrainRate } from './drain-rate.ts';
import { createGradientLimit, type GradientLimit } from './gradient-limit.ts';
import type { LimiterSettings } from '../domain/limiter-settings.ts';
import type { Priority } from '../domain/request.ts';
import { createWaitQueue, type WaitQueue } from './wait-queue.ts';

/** How a call ended. `dropped`: refused for load, or no answer in time. `ignored`: says nothing about load (a caller's fault, an abort). */
export interface SlotEnd {
  readonly outcome: 'success' | 'dropped' | 'ignored';
  /** See `Slot.answering`; only for a call that did not stream. */
  readonly latencyMs?: number | undefined;
}

/** The right to have one call under way. */
export interface Slot {
  readonly admitted: true;
  /**
   * The first token has come, after so many milliseconds from the start of the call, waits for the slot not included. This, not the
   * whole time, is the latency that the limit follows: it grows with the load and hardly with the length of the answer. A whole
   * answer is made comparable by `firstTokenEquivalentMs`. To be left out (`undefined`) where it was measured while the event loop
   * lagged. From now on the call counts as one that runs well, however long it takes.
   */
  answering(latencyMs: number | undefined): void;
  /** The call has ended. The first call counts, later ones do nothing. */
  release(end: SlotEnd): void;
}

export interface Refusal {
  readonly admitted: false;
  /** `too-slow`: the wait would last beyond the deadline. `closed`: the gateway stops. */
  readonly reason: 'queue-full' | 'too-slow' | 'expired' | 'aborted' | 'closed';
  /** When a place is likely to be free. */
  readonly retryAfterMs: number;
}

export interface Admission {
  readonly priority: Priority;
  /** Until when the call may wait, by the monotonic clock. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

export interface LimiterStatus {
  readonly limit: number;
  readonly inFlight: number;
  readonly queued: number;
  /** Calls refused for load so far, those included whose wait ran out. */
  readonly shed: number;
}

export interface LimiterOptions {
  readonly clock: Clock;
  readonly settings: LimiterSettings;
}

/** Keeps the calls to one deployment within what it can bear. */
export class Limiter {
  readonly #clock: Clock;
  readonly #settings: LimiterSettings;
  readonly #gradient: GradientLimit;
  readonly #drain: DrainRate = createDrainRate();
  readonly #queue: WaitQueue<Slot>;
  /** The gradient's limit, at hand for the fast path. */
  #limit: number;
  #inFlight = 0;
  /** Of those in flight, the ones that have had their first token. */
  #answering = 0;
  #shed = 0;
  #closed = false;

  constructor({ clock, settings }: LimiterOptions) {
    this.#clock = clock;
    this.#settings = settings;
    this.#gradient = createGradientLimit(clock, settings);
    this.#queue = createWaitQueue(clock);
    this.#limit = this.#gradient.current();
  }

  status(): LimiterStatus {
    return {
      limit: this.#limit,
      inFlight: this.#inFlight,
      queued: this.#queue.size(),
      shed: this.#shed,
    };
  }

  /** A slot where one is free; nobody waits then. Whoever gets one must release it. */
  tryAcquire(): Slot | undefined {
    return this.#hasRoom() ? this.#admit() : undefined;
  }

  /** A slot as soon as it is the caller's turn, or why there is none. Never rejects. Also a slot that comes too late must be released. */
  async acquire(admission: Admission): Promise<Slot | Refusal> {
    if (admission.signal.aborted) return this.#refuse('aborted');
    const slot = this.tryAcquire();
    if (slot !== undefined) return slot;
    if (this.#closed) return this.#refuse('closed');
    const waitMs = Math.min(this.#settings.maxWaitMs, admission.deadlineMs - this.#clock.monotonicMs());
    const reason = this.#reasonNotToWait(admission.priority, waitMs);
    if (reason !== undefined) return this.#refuse(reason);
    const result = await this.#queue.join({ ...admission, waitMs });
    return typeof result === 'string' ? this.#refuse(result) : result;
  }

  /** Sends away all that wait, and lets nobody wait any more; running calls keep their slots. */
  close(): void {
    this.#closed = true;
    this.#queue.close();
  }

  /** Running streams never shut the others out: some may always wait for their first token, and show whether things are better. */
  #hasRoom(): boolean {
    if (this.#inFlight < this.#limit) return true;
    const { minLimit, maxLimit } = this.#settings;
    return this.#inFlight - this.#answering < minLimit && this.#inFlight < maxLimit;
  }

  #admit(): Slot {
    this.#inFlight += 1;
    return new HeldSlot(this.#ends, this.#inFlight);
  }

  readonly #ends: SlotEnds = {
    answering: (latencyMs, inFlightAtStart) => {
      this.#answering += 1;
      this.#record({ outcome: 'success', latencyMs }, inFlightAtStart);
      this.#serveQueue();
    },
    released: (end, inFlightAtStart, wasAnswering) => {
      // A stream that ends well has been counted at its first token.
      if (!wasAnswering || end.outcome === 'dropped') this.#record(end, inFlightAtStart);
      this.#measureDrain();
      this.#inFlight -= 1;
      if (wasAnswering) this.#answering -= 1;
      this.#serveQueue();
    },
  };

  #record({ outcome, latencyMs }: SlotEnd, inFlightAtStart: number): void {
    if (outcome === 'ignored') return;
    const dropped = outcome === 'dropped';
    this.#gradient.record({ dropped, latencyMs, inFlight: this.#inFlight, inFlightAtStart });
    this.#limit = this.#gradient.current();
  }

  #measureDrain(): void {
    if (this.#queue.size() > 0) this.#drain.freed(this.#clock.monotonicMs());
    else this.#drain.idle();
  }

  #serveQueue(): void {
    while (this.#queue.size() > 0 && this.#hasRoom()) this.#queue.serve(this.#admit());
  }

  /** Interactive calls pass batch in line, so only their own kind is before them. Batch gets no more than half of the line. */
  #reasonNotToWait(priority: Priority, waitMs: number): 'queue-full' | 'too-slow' | undefined {
    const { queueLength } = this.#settings;
    const queued = this.#queue.size();
    const batchIsFull = priority === 'batch' && this.#queue.size('batch') >= queueLength / 2;
    if (queued >= queueLength || batchIsFull) return 'queue-full';
    const ahead = priority === 'interactive' ? this.#queue.size('interactive') : queued;
    const expectedMs = this.#drain.waitMs(ahead, this.#clock.monotonicMs()) ?? 0;
    return waitMs <= 0 || expectedMs > waitMs ? 'too-slow' : undefined;
  }

  #refuse(reason: Refusal['reason']): Refusal {
    if (reason !== 'aborted' && reason !== 'closed') this.#shed += 1;
    const ahead = this.#queue.size() + 1;
    const expectedMs = this.#drain.waitMs(ahead, this.#clock.monotonicMs()) ?? unknownRetryAfterMs;
    return {
      admitted: false,
      reason,
      retryAfterMs: Math.min(maxRetryAfterMs, Math.max(minRetryAfterMs, Math.ceil(expectedMs))),
    };
  }
}

const unknownRetryAfterMs = 1000;
const minRetryAfterMs = 100;
const maxRetryAfterMs = 60_000;

interface SlotEnds {
  answering(latencyMs: number | undefined, inFlightAtStart: number): void;
  released(end: SlotEnd, inFlightAtStart: number, wasAnswering: boolean): void;
}

class HeldSlot implements Slot {
  readonly #ends: SlotEnds;
  readonly #inFlightAtStart: number;
  #state: 'waiting' | 'answering' | 'released' = 'waiting';

  constructor(ends: SlotEnds, inFlightAtStart: number) {
    this.#ends = ends;
    this.#inFlightAtStart = inFlightAtStart;
  }

  get admitted(): true {
    return true;
  }

  answering(latencyMs: number | undefined): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'answering';
    this.#ends.answering(latencyMs, this.#inFlightAtStart);
  }

  release(end: SlotEnd): void {
    if (this.#state === 'released') return;
    const wasAnswering = this.#state === 'answering';
    this.#state = 'released';
    this.#ends.released(end, this.#inFlightAtStart, wasAnswering);
  }
}
