/**
 * The thread in which chat templates and tokenizers run: strangers' programs that may loop. Nothing else is in it, so it can be ended at
 * any time.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { AdapterError } from '../../errors.ts';
import { LoadFailure } from '../load-failure.ts';
import { TemplateExcess } from './chat-template.ts';
import { openChatTokenizer } from './chat-tokenizer.ts';
import { encodePrompt } from './encode-prompt.ts';
import type { FromPromptThread, PromptThreadOrder } from './prompt-thread-protocol.ts';
import type { EngineRequest } from './protocol.ts';

// Both are what `prompt-encoder.ts` put there: its one caller, so the types are known.
const order = workerData as PromptThreadOrder;

try {
  const tokenizer = await openChatTokenizer(order.directory);
  parentPort?.on('message', (request: EngineRequest) => {
    say(answer(() => encodePrompt(tokenizer, request, order)));
  });
  say({ type: 'opened' });
} catch (error) {
  if (!(error instanceof LoadFailure)) throw error;
  const detail = error.cause instanceof Error ? error.cause.message : '';
  say({ type: 'load-failed', problem: error.message, detail });
}

function answer(encode: () => ReturnType<typeof encodePrompt>): FromPromptThread {
  try {
    return { type: 'encoded', prompt: encode() };
  } catch (error) {
    if (error instanceof TemplateExcess) return { type: 'excess', detail: error.message };
    const { kind, message, inputTokens, contextTokens } =
      error instanceof AdapterError ? error : broken(error);
    return { type: 'refused', error: { kind, message, inputTokens, contextTokens } };
  }
}

/** The error's own message may quote the prompt, so only its name is told. */
function broken(error: unknown): AdapterError {
  const name = error instanceof Error ? error.name : 'error';
  return new AdapterError('invalid-request', `the model's tokenizer fails on this prompt (${name})`);
}

function say(message: FromPromptThread): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origins
  parentPort?.postMessage(message);
}
