/**
 * A model's own process. It is forked by the gateway, speaks the protocol over the IPC channel, and ends when that channel
 * closes, whatever became of the gateway. The runtime blocks the event loop while it works; here that harms nobody.
 */
import { Worker } from 'node:worker_threads';
import { AdapterError } from '../../errors.ts';
import { checkModel } from '../check-model.ts';
import { LoadFailure } from '../load-failure.ts';
import type { EncoderEngine } from '../encoder/encoder-engine.ts';
import { loadEncoder } from '../encoder/load-encoder.ts';
import type { Engine, EngineCall, EngineSink } from './engine.ts';
import { loadEngine } from './load-engine.ts';
import {
  toChildSchema,
  type EnginePart,
  type FromChild,
  type LoadRequest,
  type ToChild,
} from './protocol.ts';
import { createWorkMeter } from './work-meter.ts';

type GenerateMessage = Extract<ToChild, { type: 'generate' }>;
type EncodeMessage = Extract<ToChild, { type: 'encode' }>;

const calls = new Map<number, EngineCall>();
const partsOfTurn: { callId: number; part: EnginePart }[] = [];
const meter = createWorkMeter();
let engine: Engine | undefined;
let cacheBytes = (): number => 0;
let encoder: EncoderEngine | undefined;

process.on('disconnect', () => process.exit(0));
new Worker(new URL('gateway-watch.ts', import.meta.url)).unref();
// A terminal's Ctrl-C and a service manager's stop reach every process of the group. The gateway still lets answers end, so this
// one waits for the gateway's word.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
process.on('uncaughtException', giveUp);
process.on('message', (raw) => {
  const message = toChildSchema.safeParse(raw);
  if (message.success) receive(message.data);
  else giveUp(new Error('a message is not of the protocol', { cause: message.error }));
});

function receive(message: ToChild): void {
  switch (message.type) {
    case 'load':
      load(message).catch(giveUp);
      return;
    case 'generate':
      generate(message);
      return;
    case 'encode':
      encode(message);
      return;
    case 'grant':
      calls.get(message.callId)?.grant(message.credit);
      return;
    case 'cancel':
      calls.get(message.callId)?.cancel();
      return;
    case 'ping':
      send({
        type: 'pulse',
        residentBytes: process.memoryUsage.rss(),
        cacheBytes: cacheBytes(),
        work: meter.take(),
      });
      return;
    case 'close':
      process.exit(0);
  }
}

async function load(request: LoadRequest): Promise<void> {
  try {
    const { manifest } = request;
    const options = { monotonicMs: () => performance.now(), meter, onFatal: giveUp };
    await checkModel(request);
    if (manifest.graph === 'encoder') {
      const { engine: loadedEncoder, ...found } = await loadEncoder({ ...request, manifest }, options);
      encoder = loadedEncoder;
      send({ type: 'loaded', ...found });
    } else {
      ({ engine, cacheBytes } = await loadEngine({ ...request, manifest }, options));
      send({ type: 'loaded' });
    }
  } catch (error) {
    if (!(error instanceof LoadFailure)) throw error;
    send({ type: 'load-failed', problem: error.message, detail: describe(error.cause) });
  }
}

function generate({ callId, request, credit }: GenerateMessage): void {
  const model = loaded(engine);
  begin(callId, (sink) => model.generate(request, sink, credit));
}

function encode({ callId, request }: EncodeMessage): void {
  const model = loaded(encoder);
  begin(callId, (sink) =>
    model.encode(request, {
      part(part) {
        if (part.type === 'finish') meter.encoded(part.inputTokens);
        sink.part(part);
      },
      failed: (error) => sink.failed(error),
    }),
  );
}

function loaded<Model>(model: Model | undefined): Model {
  if (model === undefined) throw new Error('a call came before its model was loaded, or is not for it');
  return model;
}

function begin(callId: number, open: (sink: EngineSink) => EngineCall): void {
  const failed = ({ kind, message, inputTokens, contextTokens, requestFault }: AdapterError): void => {
    calls.delete(callId);
    send({
      type: 'call-failed',
      callId,
      error: { kind, message, inputTokens, contextTokens, requestFault },
    });
  };
  const part = (enginePart: EnginePart): void => {
    if (enginePart.type === 'finish') calls.delete(callId);
    sendPart(callId, enginePart);
  };
  try {
    calls.set(callId, open({ part, failed }));
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    failed(error);
  }
}

/** Collects what is given in one turn of the event loop, before the runtime blocks it again. */
function sendPart(callId: number, part: EnginePart): void {
  if (partsOfTurn.push({ callId, part }) === 1) queueMicrotask(sendParts);
}

function sendParts(): void {
  if (partsOfTurn.length > 0) process.send?.({ type: 'parts', parts: partsOfTurn.splice(0) });
}

function send(message: FromChild): void {
  sendParts();
  process.send?.(message);
}

/** Says why and ends: a process in an unknown state must not answer. */
function giveUp(error: unknown): void {
  if (!process.connected) process.exit(1);
  const message: FromChild = { type: 'fatal', detail: describe(error) };
  process.send?.(message, undefined, undefined, () => process.exit(1));
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`;
}
