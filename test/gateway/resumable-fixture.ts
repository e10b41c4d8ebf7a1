import { AdapterError } from '../../adapters/errors.ts';
import type { GenerationEvent } from '../../src/domain/generation-event.ts';
import { defaultResumeSettings, type ResumeSettings } from '../../src/gateway/resume-settings.ts';
import { caller, composeGateway } from '../support/composed-gateway.ts';
import { deployment } from '../support/deployments.ts';
import { finish, modelAdapter } from '../support/model-adapter.ts';

export const input = { prompt: 'Hi', resumable: true, timeoutMs: 600_000, cache: { mode: 'off' } };

/** A gateway whose model says what the test dictates: a word, the end, or what breaks it. */
export function dictated(settings: Partial<ResumeSettings> = {}) {
  const words: (string | Error)[] = [];
  const aborted = Promise.withResolvers<void>();
  let spoken = Promise.withResolvers<void>();
  let pulled = 0;
  const model = modelAdapter(async function* (_call, signal) {
    const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    void stopped.then(() => aborted.resolve());
    for (;;) {
      const word = words.shift();
      if (word instanceof Error) throw word;
      if (word === undefined) await Promise.race([spoken.promise, stopped]);
      if (signal.aborted) throw new AdapterError('aborted', 'stopped');
      if (word === '') break;
      if (word === undefined) continue;
      pulled += 1;
      yield { type: 'text-delta', text: word };
    }
    yield finish;
  });
  const unseenBugs: unknown[] = [];
  const composed = composeGateway([[deployment(), model]], {
    resume: { ...defaultResumeSettings, ...settings },
    onUnseenBug: (error) => unseenBugs.push(error),
  });
  const say = (...next: readonly (string | Error)[]): void => {
    words.push(...next);
    spoken.resolve();
    spoken = Promise.withResolvers();
  };
  return {
    ...composed,
    model,
    unseenBugs,
    say,
    end: () => say(''),
    aborted: aborted.promise,
    /** Words that the model was asked for and gave. */
    pulled: () => pulled,
  };
}

export interface Client {
  /** The next event. */
  next(): Promise<GenerationEvent>;
  /** Its texts up to the end of the stream. */
  rest(): Promise<string>;
  /** Breaks the connection. */
  leave(): void;
}

/** Somebody who reads a stream over a connection of their own. */
export function client(open: (by: ReturnType<typeof caller>) => AsyncIterable<GenerationEvent>): Client {
  const leaving = new AbortController();
  const events = open(caller('anonymous', leaving.signal))[Symbol.asyncIterator]();
  return {
    async next() {
      const step = await events.next();
      if (step.done === true) throw new Error('the stream is over');
      return step.value;
    },
    async rest() {
      const texts: string[] = [];
      for (let step = await events.next(); step.done !== true; step = await events.next()) {
        if (step.value.type === 'text-delta') texts.push(step.value.text);
      }
      return texts.join('');
    },
    leave: () => leaving.abort(),
  };
}

/** A client that has asked for a resumable stream and got its plan and its first words. */
export async function started(
  gateway: ReturnType<typeof dictated>,
  ...words: readonly string[]
): Promise<Client> {
  const one = client((by) => gateway.gateway.stream(input, by));
  gateway.say(...words);
  for (let events = 0; events <= words.length; events += 1) await one.next();
  return one;
}

/** A client that comes (back) to the first generation of the gateway. */
export function resumed({ gateway }: ReturnType<typeof dictated>, afterSequence: number): Client {
  return client((by) => gateway.resume({ generationId: 'generation-1', afterSequence }, by));
}
