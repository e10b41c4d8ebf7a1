import type { AdapterClock, AdapterLog } from '../contract.ts';
import { AdapterError } from '../errors.ts';
import { createCallTable, type CallSink, type CallTable } from './call-table.ts';
import type { CallOrder, FromChild, LoadRequest } from './engine/protocol.ts';
import { LoadFailure } from './load-failure.ts';
import { openModelChannel, type ModelChannel } from './model-channel.ts';

/** The process in which a model runs, from its start to its end. */
export interface ModelProcess {
  readonly pid: number | undefined;
  /** Resolves once the model answers. Rejects with `LoadFailure` where it cannot, with `ProcessCrash` where it died. */
  readonly loaded: Promise<void>;
  /** Resolves once the process is gone; never rejects. */
  readonly ended: Promise<ProcessCrash>;
  open(order: CallOrder, sink: CallSink): ProcessCall;
  /** Resolves as soon as the process works on no call. */
  idle(): Promise<void>;
  /** Ends the process, by force where it does not go by itself; calls under way end with `aborted`. */
  stop(): Promise<void>;
}

export interface ProcessCall {
  /** Allows that many more parts. */
  grant(credit: number): void;
  /** Nothing more reaches the sink. */
  cancel(): void;
}

/** The process ended although nobody asked it to. */
export class ProcessCrash extends Error {
  override readonly name = 'ProcessCrash';
}

export interface ModelProcessOptions {
  readonly load: Omit<LoadRequest, 'type'>;
  readonly loadTimeoutMs: number;
  readonly clock: AdapterClock;
  readonly log: AdapterLog;
}

/** How long the process may take to let go of a call: many runs of the graph. One that takes longer hangs, and holds up everybody. */
const letGoTimeoutMs = 5_000;

/** Between a polite request to end and the kill. Only a run of the graph that takes longer than this needs the kill. */
const stopTimeoutMs = 2_000;

export function startModelProcess(options: ModelProcessOptions): ModelProcess {
  const { clock, log, loadTimeoutMs } = options;
  const loaded = Promise.withResolvers<void>();
  const calls = createCallTable();
  const channel = openModelChannel({ onMessage, log });
  let stopping: Promise<void> | undefined;

  const cancelLoadTimer = clock.after(loadTimeoutMs, () => {
    loaded.reject(loadTimeout(loadTimeoutMs));
    channel.kill('it took too long to load');
  });
  const ended = channel.ended.then((how) => {
    cancelLoadTimer();
    const crash = new ProcessCrash(how);
    loaded.reject(crash);
    calls.failAll(stopping === undefined ? crashed(crash) : stopped());
    return crash;
  });
  // Nobody may be waiting for it any more when the process ends, and that is no error.
  loaded.promise.catch(() => undefined);
  channel.send({ type: 'load', ...options.load });

  function onMessage(message: Exclude<FromChild, { type: 'fatal' }>): void {
    switch (message.type) {
      case 'loaded':
        cancelLoadTimer();
        loaded.resolve();
        return;
      case 'load-failed':
        loaded.reject(new LoadFailure(message.problem, { cause: new Error(message.detail) }));
        return;
      case 'parts':
        for (const { callId, part } of message.parts) calls.part(callId, part);
        return;
      case 'call-failed':
        calls.failed(message.callId, message.error);
    }
  }

  async function stop(): Promise<void> {
    const cancelKill = clock.after(stopTimeoutMs, () => channel.kill('it did not end when asked to'));
    channel.send({ type: 'close' });
    await ended;
    cancelKill();
  }

  return {
    pid: channel.pid,
    loaded: loaded.promise,
    ended,
    open(order, sink) {
      const callId = calls.add(sink);
      channel.send({ ...order, callId });
      return {
        grant: (more) => channel.send({ type: 'grant', callId, credit: more }),
        cancel: () => letGo(callId, { channel, calls, clock }),
      };
    },
    idle: () => calls.empty(),
    stop: () => (stopping ??= stop()),
  };
}

interface Caller {
  readonly channel: ModelChannel;
  readonly calls: CallTable;
  readonly clock: AdapterClock;
}

function letGo(callId: number, { channel, calls, clock }: Caller): void {
  const lettingGo = clock.after(letGoTimeoutMs, () => channel.kill('it did not let go of a call'));
  if (calls.mute(callId, lettingGo)) channel.send({ type: 'cancel', callId });
  else lettingGo();
}

function crashed(crash: ProcessCrash): AdapterError {
  return new AdapterError('crashed', `the model's process ended: ${crash.message}`, { cause: crash });
}

function stopped(): AdapterError {
  return new AdapterError('aborted', 'the model is being taken down');
}

function loadTimeout(loadTimeoutMs: number): LoadFailure {
  return new LoadFailure(
    `The model did not load within ${loadTimeoutMs} ms. Raise loadTimeoutMs, or use a smaller model.`,
  );
}
