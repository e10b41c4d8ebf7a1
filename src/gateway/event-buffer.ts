import { createBell } from './bell.ts';

export interface EventBufferOptions<Event> {
  readonly bytesOf: (event: Event) => number;
  /** Most that is kept. An event that alone is larger is kept alone. */
  readonly maxBytes: number;
  /** How far the events may run ahead of the slowest reader. */
  readonly maxEventsAhead: number;
  readonly allowance: Allowance;
}

/** Memory that is lent by somebody who has only so much of it. */
export interface Allowance {
  /** False where there is no more; nothing is taken then. */
  take(bytes: number): boolean;
  giveBack(bytes: number): void;
}

export interface BufferReader<Event> {
  /** The next event, waited for; `undefined` after the last one and after `detach`. Rejects with what broke the source. */
  next(): Promise<Event | undefined>;
  /** False where the reader had been detached before. */
  detach(): boolean;
}

interface Kept<Event> {
  readonly event: Event;
  readonly bytes: number;
}

/**
 * The latest events of one source, numbered from 1, for any number of readers that come and go. Nothing that a reader has yet to
 * read is dropped, and nothing at all while there is no reader: who comes back will want it. The source waits instead.
 */
export class EventBuffer<Event> {
  /** Rings when there may be room again for the next event. */
  readonly room = createBell();
  readonly #options: EventBufferOptions<Event>;
  readonly #kept: Kept<Event>[] = [];
  readonly #readers = new Set<{ seen: number }>();
  readonly #arrival = createBell();
  #bytes = 0;
  #dropped = 0;
  #end: { readonly error?: unknown } | undefined;

  constructor(options: EventBufferOptions<Event>) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get readers(): number {
    return this.#readers.size;
  }

  /** Sequence number of the oldest event that is kept. */
  get first(): number {
    return this.#dropped + 1;
  }

  /** Sequence number of the latest event. */
  get last(): number {
    return this.#dropped + this.#kept.length;
  }

  /** Takes the next event where there is room for it; what all readers have seen makes room. */
  offer(event: Event): boolean {
    const { bytesOf, maxBytes, maxEventsAhead } = this.#options;
    const seen = this.#seenByAll();
    if (this.#readers.size > 0 && this.last - seen >= maxEventsAhead) return false;
    const bytes = Math.min(bytesOf(event), maxBytes);
    while (!this.#take(bytes)) {
      // It is in memory anyway, and with nothing beside it there is nothing to wait for.
      if (this.#kept.length === 0) return this.#append({ event, bytes: 0 });
      if (this.first > seen) return false;
      this.#dropFirst();
    }
    return this.#append({ event, bytes });
  }

  /** There will be no more events; with an error, readers are told it after the last one. */
  end(end: { readonly error?: unknown } = {}): void {
    this.#end = end;
    this.#arrival.ring();
  }

  /** Starts to read after the event with this number; 0 is from the start. `undefined` where what follows is not kept, or is not yet. */
  attach(afterSequence: number): BufferReader<Event> | undefined {
    if (afterSequence < this.#dropped || afterSequence > this.last) return undefined;
    const place = { seen: afterSequence };
    this.#readers.add(place);
    this.room.ring();
    return { next: () => this.#next(place), detach: () => this.#detach(place) };
  }

  /** Gives all memory back and sends every reader away. */
  discard(): void {
    this.#readers.clear();
    this.#dropped = this.last;
    this.#kept.length = 0;
    this.#options.allowance.giveBack(this.#bytes);
    this.#bytes = 0;
    this.#arrival.ring();
    this.room.ring();
  }

  #seenByAll(): number {
    if (this.#readers.size === 0) return 0;
    let seen = Infinity;
    for (const place of this.#readers) seen = Math.min(seen, place.seen);
    return seen;
  }

  #take(bytes: number): boolean {
    const { maxBytes, allowance } = this.#options;
    return this.#bytes + bytes <= maxBytes && allowance.take(bytes);
  }

  #append(kept: Kept<Event>): true {
    this.#kept.push(kept);
    this.#bytes += kept.bytes;
    this.#arrival.ring();
    return true;
  }

  #dropFirst(): void {
    const bytes = this.#kept.shift()?.bytes ?? 0;
    this.#dropped += 1;
    this.#bytes -= bytes;
    this.#options.allowance.giveBack(bytes);
  }

  async #next(place: { seen: number }): Promise<Event | undefined> {
    while (this.#readers.has(place)) {
      const kept = this.#kept[place.seen - this.#dropped];
      if (kept !== undefined) {
        place.seen += 1;
        this.room.ring();
        return kept.event;
      }
      if (this.#end !== undefined) return ended(this.#end);
      await this.#arrival.next();
    }
    return undefined;
  }

  #detach(place: { seen: number }): boolean {
    const attached = this.#readers.delete(place);
    this.#arrival.ring();
    this.room.ring();
    return attached;
  }
}

function ended(end: { readonly error?: unknown }): undefined {
  if ('error' in end) throw end.error;
  return undefined;
}
