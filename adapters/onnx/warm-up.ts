import type { AdapterError } from '../errors.ts';
import type { CallOrder } from './engine/protocol.ts';
import { LoadFailure } from './load-failure.ts';
import type { ModelManifest } from './model-folder.ts';
import type { ModelProcess } from './model-process.ts';

/**
 * One short call by the way that all calls go, so that what is slow the first time is over, and what does not work shows, before
 * callers come. Throws `LoadFailure` where the model does not answer it.
 */
export async function warmUp(process: ModelProcess, manifest: ModelManifest): Promise<void> {
  const ended = Promise.withResolvers<AdapterError | undefined>();
  process.open(shortCall(manifest), {
    part: ({ type }) => {
      if (type === 'finish') ended.resolve(undefined);
    },
    failed: ended.resolve,
  });
  const error = await ended.promise;
  switch (error?.kind) {
    case undefined:
    // The context was made too small for a greeting. That has been found out by the way that calls go, too.
    case 'context-length':
      return;
    case 'crashed':
    case 'aborted':
      // Whoever waits for the end of the process says it better.
      await process.ended;
      return;
    default:
      throw new LoadFailure(
        `The model ${manifest.name} was loaded, but failed to answer a first short call (${error?.kind}).`,
        { cause: error },
      );
  }
}

/** Greedy and two tokens long: the second is made from the cache of the first. */
function shortCall(manifest: ModelManifest): CallOrder {
  const sampling = { temperature: 0, seed: 0, stop: [], maxOutputTokens: 2 };
  const common = { tenant: '', priority: 'interactive' as const };
  if (manifest.graph !== 'encoder') {
    const messages = [{ role: 'user' as const, content: 'Hello' }];
    return {
      type: 'generate',
      request: { messages, operatorMessage: false, sampling, ...common },
      credit: 16,
    };
  }
  const text: [string, string] | string = manifest.encoder.task === 'rerank' ? ['Hello', 'Hello'] : 'Hello';
  return { type: 'encode', request: { texts: [text], priority: 'interactive' } };
}
