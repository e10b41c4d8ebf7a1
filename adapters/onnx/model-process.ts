import type { AdapterClock, AdapterLog } from '../contract.ts';
import { AdapterError } from '../errors.ts';
import { createCallTable, type CallSink, type CallTable } from './call-table.ts';
import type { CallOrder, EngineWork, FromChild, LoadRequest, Pulse } from './engine/protocol.ts';
import { LoadFailure } from './load-failure.ts';
import { openModelChannel, type ModelChannel } from './model-channel.ts';
import { createPulseWatch, type PulseLimits, type PulseWatch } from './pulse-watch.ts';

/** The process in which a model runs, from its start to its end. */
export interface ModelProcess {
  readonly pid: number | undefined;
  /** Resolves once the model answers. Rejects with `LoadFailure` where it cannot, with `ProcessCrash` where it died. */
  readonly loaded: Promise<void>;
  /** Resolves once the process is gone; never rejects. */
  readonly ended: Promise<ProcessCrash>;
  /** Whether calls can be opened: it has not ended, and was not told to. */
  takesCalls(): boolean;
  /** False where it has found, while it loaded, that calls which share a run change each other's answers. */
  batched(): boolean;
  open(order: CallOrder, sink: CallSink): ProcessCall;
  load(): ProcessLoad;
  /** Resolves as soon as the process works on no call. */
  idle(): Promise<void>;
  /** Ends the process, by force where it does not go by itself; calls under way end with `aborted`. */
  stop(): Promise<void>;
}

/** What a process has to do and holds. */
export interface ProcessLoad {
  /** Calls that have not ended. */
  readonly calls: number;
  /** How many of them it has begun to work on. */
  readonly begun: number;
  /** Physical memory, and keys and values in it, as the process last said; `undefined` until its first call. */
  readonly residentBytes: number | undefined;
  readonly cacheBytes: number | undefined;
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
  readonly limits: PulseLimits;
  readonly clock: AdapterClock;
  readonly log: AdapterLog;
  /** Called whenever the last of its calls has ended, unless the process has. */
  readonly onIdle: () => void;
  /** Told what the process has done since it was told the last time. */
  readonly onWork: (work: EngineWork) => void;
}

/** How long the process may take at least to let go of a call: many runs of the graph. One that takes longer hangs, and holds up everybody. */
const leastLetGoTimeoutMs = 5_000;

/** Between a polite request to end and the kill. Only a run of the graph that takes longer than this needs the kill. */
const stopTimeoutMs = 2_000;

export function startModelProcess(options: ModelProcessOptions): ModelProcess {
  const { clock, log, loadTimeoutMs, limits } = options;
  const loaded = Promise.withResolvers<void>();
  const channel = openModelChannel({ onMessage, log });
  const watch = watchOver(channel, { clock, limits });
  const calls = createCallTable({ onEmpty });
  let stopping: Promise<void> | undefined;
  let gone = false;
  let batched = true;
  let lastPulse: Pulse | undefined;

  const cancelLoadTimer = clock.after(loadTimeoutMs, () => {
    loaded.reject(loadTimeout(loadTimeoutMs));
    channel.kill('it took too long to load');
  });
  const ended = channel.ended.then((how) => {
    cancelLoadTimer();
    watch.close();
    gone = true;
    const crash = new ProcessCrash(how);
    loaded.reject(crash);
    calls.failAll(stopping === undefined ? crashed(crash) : stopped());
    return crash;
  });
  // Nobody may be waiting for it any more when the process ends, and that is no error.
  loaded.promise.catch(() => undefined);
  channel.send({ type: 'load', ...options.load });

  function onMessage(message: Exclude<FromChild, { type: 'fatal' }>): void {
    if (message.type === 'loaded') {
      cancelLoadTimer();
      batched = message.batched ?? true;
    }
    if (message.type === 'pulse') lastPulse = message;
    handOut(message, { loaded, calls, watch, onWork: options.onWork });
  }

  function onEmpty(): void {
    watch.rest();
    options.onIdle();
  }

  return {
    pid: channel.pid,
    loaded: loaded.promise,
    ended,
    takesCalls: () => !gone && stopping === undefined,
    batched: () => batched,
    open(order, sink) {
      const callId = calls.add(sink);
      watch.begin();
      channel.send({ ...order, callId });
      return processCall(callId, { channel, calls, clock, watch });
    },
    load: () => processLoad(calls, lastPulse),
    idle: () => calls.empty(),
    stop() {
      watch.close();
      return (stopping ??= askToEnd(channel, { clock, ended }));
    },
  };
}

function processLoad({ size, begun }: CallTable, pulse: Pulse | undefined): ProcessLoad {
  return { calls: size, begun, residentBytes: pulse?.residentBytes, cacheBytes: pulse?.cacheBytes };
}

interface Readers {
  readonly loaded: PromiseWithResolvers<void>;
  readonly calls: CallTable;
  readonly watch: PulseWatch;
  readonly onWork: ModelProcessOptions['onWork'];
}

function handOut(message: Exclude<FromChild, { type: 'fatal' }>, readers: Readers): void {
  const { loaded, calls, watch, onWork } = readers;
  switch (message.type) {
    case 'loaded':
      watch.expect(message.longestRunMs ?? 0);
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
      return;
    case 'pulse':
      onWork(message.work);
      watch.pulse(message.residentBytes);
  }
}

interface Caller {
  readonly channel: ModelChannel;
  readonly calls: CallTable;
  readonly clock: AdapterClock;
  readonly watch: PulseWatch;
}

function processCall(callId: number, caller: Caller): ProcessCall {
  return {
    grant: (credit) => caller.channel.send({ type: 'grant', callId, credit }),
    cancel: () => letGo(callId, caller),
  };
}

async function askToEnd(
  channel: ModelChannel,
  { clock, ended }: { readonly clock: AdapterClock; readonly ended: Promise<unknown> },
): Promise<void> {
  const cancelKill = clock.after(stopTimeoutMs, () => channel.kill('it did not end when asked to'));
  channel.send({ type: 'close' });
  await ended;
  cancelKill();
}

function watchOver(
  channel: ModelChannel,
  { clock, limits }: Pick<ModelProcessOptions, 'clock' | 'limits'>,
): PulseWatch {
  return createPulseWatch({
    clock,
    limits,
    pid: channel.pid,
    kill: (reason) => channel.kill(reason),
    ping: () => channel.send({ type: 'ping' }),
  });
}

function letGo(callId: number, { channel, calls, clock, watch }: Caller): void {
  const letGoTimeoutMs = Math.max(leastLetGoTimeoutMs, 4 * watch.longestSilenceMs());
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
