import { AdapterError } from '../errors.ts';
import type { EngineError, EnginePart } from './engine/protocol.ts';

/** Where the parts of one call go. */
export interface CallSink {
  part(part: EnginePart): void;
  failed(error: AdapterError): void;
}

/** The calls of one process that have not ended there, by the id they have on the channel. */
export interface CallTable {
  add(sink: CallSink): number;
  readonly size: number;
  /** Calls that the process has begun to work on. */
  readonly begun: number;
  part(callId: number, part: EnginePart): void;
  failed(callId: number, error: EngineError): void;
  /** Nobody listens to the call any more; it stays in the table until the process says that it has ended, which `onEnd` hears. False: it has. */
  mute(callId: number, onEnd: () => void): boolean;
  failAll(error: AdapterError): void;
  /** Resolves as soon as the table is empty. */
  empty(): Promise<void>;
}

export interface CallTableOptions {
  /** Called whenever the last call has ended. */
  readonly onEmpty: () => void;
}

function onlyTheEnd(onEnd: () => void): CallSink {
  return {
    part(part) {
      if (part.type === 'finish') onEnd();
    },
    failed: onEnd,
  };
}

export function createCallTable({ onEmpty }: CallTableOptions): CallTable {
  const sinks = new Map<number, CallSink>();
  const begun = new Set<number>();
  let nextId = 0;
  let emptied = Promise.withResolvers<void>();
  emptied.resolve();

  /** The last message of a call. */
  function end(callId: number): void {
    begun.delete(callId);
    if (!sinks.delete(callId) || sinks.size > 0) return;
    emptied.resolve();
    onEmpty();
  }

  return {
    get size() {
      return sinks.size;
    },
    get begun() {
      return begun.size;
    },
    add(sink) {
      if (sinks.size === 0) emptied = Promise.withResolvers<void>();
      const callId = nextId;
      nextId += 1;
      sinks.set(callId, sink);
      return callId;
    },
    part(callId, part) {
      const sink = sinks.get(callId);
      if (part.type === 'started' && sink !== undefined) begun.add(callId);
      if (part.type === 'finish') end(callId);
      sink?.part(part);
    },
    failed(callId, { kind, message, ...details }) {
      const sink = sinks.get(callId);
      end(callId);
      sink?.failed(new AdapterError(kind, message, details));
    },
    mute(callId, onEnd) {
      if (!sinks.has(callId)) return false;
      sinks.set(callId, onlyTheEnd(onEnd));
      return true;
    },
    failAll(error) {
      const all = [...sinks.values()];
      sinks.clear();
      begun.clear();
      emptied.resolve();
      for (const sink of all) sink.failed(error);
    },
    empty: () => emptied.promise,
  };
}
