import type { CallScope } from '../call-scope.ts';
import type { ModelCall, StreamPart } from '../contract.ts';
import { AdapterError } from '../errors.ts';
import { answerParts } from './answer-parts.ts';
import { toEngineRequest, type EngineRequestDefaults } from './engine-request.ts';
import type { ModelManifest } from './model-folder.ts';
import type { ProcessCall } from './model-process.ts';
import type { ModelSupervisor } from './model-supervisor.ts';
import { createPartInbox, type PartInbox } from './part-inbox.ts';

export interface LocalWritingOptions {
  readonly supervisor: ModelSupervisor;
  /** Takes those of the calls under way. */
  readonly inboxes: Set<PartInbox>;
  readonly defaults: EngineRequestDefaults;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** What local decoders do. */
export interface LocalWriting {
  answer(call: ModelCall, scope: CallScope): AsyncGenerator<StreamPart, void, undefined>;
}

/** Parts the process may make ahead of the consumer: enough that neither waits for the other's messages. */
const creditWindow = 16;

export function createLocalWriting({
  supervisor,
  inboxes,
  defaults,
  random,
}: LocalWritingOptions): LocalWriting {
  const newCallId = (): string => `call_${Math.floor(random() * 2 ** 48).toString(36)}`;

  return {
    async *answer(call, scope) {
      scope.begin();
      const inbox = createPartInbox();
      inboxes.add(inbox);
      try {
        const request = toEngineRequest(call, defaults);
        const order = { type: 'generate' as const, request, credit: creditWindow };
        const { open, manifest, waitedMs } = await supervisor.withProcess(scope.signal, (given) => {
          ensureWrites(given.manifest);
          const opened = given.process.open(order, inbox);
          cancelWith(scope, opened, inbox);
          return { ...given, open: opened };
        });
        const mayCallTools = request.form?.type === 'tool-calls';
        const partsOf = answerParts({ manifest, waitedMs, mayCallTools, newCallId });
        for (let taken = 1; ; taken += 1) {
          const part = await inbox.take();
          scope.throwIfInterrupted();
          if (taken % (creditWindow / 2) === 0) open.grant(creditWindow / 2);
          if (part.type === 'finish') scope.complete();
          for (const streamPart of partsOf(part)) {
            yield streamPart;
            scope.throwIfInterrupted();
          }
          if (part.type === 'finish') return;
        }
      } finally {
        inboxes.delete(inbox);
        scope.end();
      }
    },
  };
}

/** Throws `AdapterError('unsupported')` for an encoder. */
function ensureWrites({ graph }: ModelManifest): void {
  if (graph !== 'encoder') return;
  throw new AdapterError('unsupported', 'the local model is an encoder and does not write');
}

/** The process lets go of a call that is stopped, and whoever waits for its next part is told. */
export function cancelWith(scope: CallScope, open: ProcessCall, inbox: PartInbox): void {
  scope.signal.addEventListener('abort', () => {
    open.cancel();
    if (scope.failure !== undefined) inbox.failed(scope.failure);
  });
}
