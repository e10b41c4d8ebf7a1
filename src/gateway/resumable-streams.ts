import type {
  EventNumber,
  GenerationEvent,
  NumberedEvent,
  StreamRefusal,
} from '../domain/generation-event.ts';
import type { StreamProblem } from '../domain/problem.ts';
import type { Clock } from '../platform/clock.ts';
import { generationEventBytes } from './event-bytes.ts';
import { EventBuffer } from './event-buffer.ts';
import type { Caller } from './resolve.ts';
import { ResumableStream } from './resumable-stream.ts';
import { createTenantMemory, type TenantMemory } from './resume-memory.ts';
import { generationNotFound, resumeImpossible, tooManyStreams } from './resume-problems.ts';
import type { ResumeSettings } from './resume-settings.ts';

/** Which stream to read on, and from where. */
export interface ResumePoint {
  readonly generationId: string;
  /** The last event that the client has seen; 0 is none. */
  readonly afterSequence: number;
}

/** A generation that is about to start. */
export interface Opening {
  readonly id: string;
  readonly caller: Caller;
  readonly run: (caller: Caller) => AsyncIterable<NumberedEvent>;
}

/** The generations that outlive the connections of their clients. Of several tenants none sees another's. */
export interface ResumableStreams {
  /** Starts a generation and reads it from its first event. A tenant that has too many gets a problem, and nothing starts. */
  start(opening: Opening): AsyncIterable<GenerationEvent>;
  /** Reads on; what keeps it from that is one failed event with the sequence number 0, since it is none of the generation. */
  resume(point: ResumePoint, caller: Caller): AsyncIterable<GenerationEvent>;
  /** Resolves when no generation runs, with a client or without; at the latest after `limitMs`. */
  drain(limitMs: number): Promise<void>;
  /** Cancels what runs, forgets everything and waits until it has ended. Safe to call twice. */
  close(): Promise<void>;
}

export interface ResumableStreamsOptions {
  readonly settings: ResumeSettings;
  readonly clock: Clock;
  /** Aborts when the gateway stops and can wait no longer. */
  readonly shutdown: AbortSignal;
  /** Told of a bug that broke a generation where no client was. */
  readonly onUnseenBug: (error: unknown) => void;
}

interface Tenant {
  /** By generation id, in the order they started. */
  readonly streams: Map<string, ResumableStream>;
  readonly memory: TenantMemory;
}

export function createResumableStreams(options: ResumableStreamsOptions): ResumableStreams {
  const { settings } = options;
  const tenants = new Map<string, Tenant>();
  const running = new Set<Promise<void>>();

  /** `undefined` where the tenant has no place for it. */
  function open({ id, caller, run }: Opening): ResumableStream | undefined {
    const name = caller.principal.tenant;
    const tenant = tenants.get(name) ?? createTenant(settings);
    const { streams, memory } = tenant;
    while (streams.size >= settings.maxTenantStreams) if (!forgetOne(streams)) return undefined;
    const loan = memory.lend();
    if (loan === undefined) return undefined;
    const { maxBytes, maxEventsAhead } = settings;
    const stream = new ResumableStream({
      ...options,
      windowMs: settings.windowMs,
      source: detached(run, caller),
      buffer: new EventBuffer({ bytesOf: generationEventBytes, maxBytes, maxEventsAhead, allowance: loan }),
      onFinished: () => loan.settle(),
      onForgotten() {
        streams.delete(id);
        if (streams.size === 0) tenants.delete(name);
      },
    });
    streams.set(id, stream);
    tenants.set(name, tenant);
    const ended = stream.ended.finally(() => running.delete(ended));
    running.add(ended);
    return stream;
  }

  async function idle(): Promise<void> {
    while (running.size > 0) await Promise.all(running);
  }

  return {
    async *start(opening) {
      const events = open(opening)?.read(0, opening.caller.signal);
      if (events !== undefined) yield* events;
      else yield refused({ generationId: opening.id, sequence: 1 }, tooManyStreams(settings));
    },
    async *resume({ generationId, afterSequence }, { principal, signal }) {
      const nowhere = { generationId, sequence: 0 };
      const stream = tenants.get(principal.tenant)?.streams.get(generationId);
      if (stream === undefined) return yield refused(nowhere, generationNotFound(settings));
      const events = stream.read(afterSequence, signal);
      if (events !== undefined) yield* events;
      else yield refused(nowhere, resumeImpossible(afterSequence, stream.held));
    },
    async drain(limitMs) {
      const { promise: tooLong, resolve } = Promise.withResolvers<void>();
      const cancel = options.clock.after(limitMs, resolve);
      await Promise.race([idle(), tooLong]);
      cancel();
    },
    async close() {
      for (const { streams } of tenants.values()) for (const stream of streams.values()) stream.forget();
      await idle();
    },
  };
}

/** For a while a stream outlives its generation, and must not keep its caller with it: closures of one scope keep what any of them uses. */
function detached(run: Opening['run'], { principal, trace }: Caller) {
  return (signal: AbortSignal): AsyncIterable<NumberedEvent> => run({ principal, trace, signal });
}

function createTenant({ maxTenantBytes, maxTenantStreams }: ResumeSettings): Tenant {
  const streams = new Map<string, ResumableStream>();
  const memory = createTenantMemory({
    maxBytes: maxTenantBytes,
    shareBytes: Math.floor(maxTenantBytes / maxTenantStreams),
    forgetOne: () => forgetOne(streams),
  });
  return { streams, memory };
}

/** The oldest stream that has ended and that nobody reads. */
function forgetOne(streams: ReadonlyMap<string, ResumableStream>): boolean {
  for (const stream of streams.values()) {
    if (!stream.spare) continue;
    stream.forget();
    return true;
  }
  return false;
}

function refused(number: EventNumber, problem: StreamProblem): StreamRefusal {
  return { ...number, type: 'failed', problem, partialText: '', usage: undefined };
}
