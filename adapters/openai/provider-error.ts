import { z } from 'zod';
import type { AdapterErrorKind } from '../errors.ts';

/** What a provider says went wrong, in the body of a reply or within a stream. Every field may be missing. */
export interface ProviderError {
  readonly status: number | undefined;
  /** Codes and types, as they came. */
  readonly words: readonly string[];
  readonly message: string | undefined;
  readonly inputTokens: number | undefined;
  readonly contextTokens: number | undefined;
}

const wordSchema = z
  .union([z.string().max(100), z.number()])
  .nullish()
  .catch(undefined);
const countSchema = z.int().positive().optional().catch(undefined);

const bodySchema = z.looseObject({
  message: z.string().optional().catch(undefined),
  code: wordSchema,
  type: wordSchema,
  status: wordSchema,
  /** llama.cpp counts the prompt and its context. */
  n_prompt_tokens: countSchema,
  n_ctx: countSchema,
});

/** Reads the `error` member of a reply (or the reply itself, where it has none). */
export function readProviderError(body: unknown, httpStatus: number | undefined): ProviderError {
  if (typeof body === 'string') return readProviderError({ message: body }, httpStatus);
  const parsed = bodySchema.safeParse(body);
  const error = parsed.success ? parsed.data : {};
  const words = [error.code, error.type, error.status].filter((word) => word !== undefined && word !== null);
  return {
    status: httpStatus ?? words.map(Number).find((word) => word >= 400 && word <= 599),
    words: words.map(String),
    message: error.message,
    inputTokens: error.n_prompt_tokens ?? countIn(error.message, promptCounts),
    contextTokens: error.n_ctx ?? countIn(error.message, contextCounts),
  };
}

/** Words of providers that mean one thing whatever the status is. */
const kindByWord: ReadonlyMap<string, AdapterErrorKind> = new Map([
  ['context_length_exceeded', 'context-length'],
  ['exceed_context_size_error', 'context-length'],
  ['content_filter', 'content-filter'],
  ['content_policy_violation', 'content-filter'],
  ['insufficient_quota', 'quota'],
  ['billing_hard_limit_reached', 'quota'],
  ['billing_not_active', 'quota'],
  ['invalid_api_key', 'authentication'],
  ['model_not_found', 'model-not-found'],
  // llama.cpp started for the other of chats and embeddings; with its status, 501, it would count as a failure.
  ['not_supported_error', 'unsupported'],
]);

/** Words that count only where no status is known: within a stream. */
const kindByStreamWord: ReadonlyMap<string, AdapterErrorKind> = new Map([
  ['rate_limit_exceeded', 'rate-limit'],
  ['rate_limit_error', 'rate-limit'],
  ['authentication_error', 'authentication'],
  ['permission_error', 'authentication'],
  ['invalid_request_error', 'invalid-request'],
  ['not_found_error', 'model-not-found'],
]);

const kindByStatus: ReadonlyMap<number, AdapterErrorKind> = new Map([
  [401, 'authentication'],
  [402, 'quota'],
  [403, 'authentication'],
  [404, 'model-not-found'],
  // The provider's own deadline and lock conflicts: both pass with time, like a 503.
  [408, 'unavailable'],
  [409, 'unavailable'],
  [425, 'unavailable'],
  [429, 'rate-limit'],
]);

/** Which of the closed kinds it is. Without any clue the provider is taken to have failed. */
export function kindOf({ status, words, message }: ProviderError): AdapterErrorKind {
  const named = firstKind(words, kindByWord);
  if (named !== undefined) return named;
  if (isOverlongEmbedding(message)) return 'context-length';
  if (status !== undefined && status >= 500) return 'unavailable';
  if (isOverlong(message) && (status === undefined || status === 400 || status === 422)) {
    return 'context-length';
  }
  if (status === undefined) return firstKind(words, kindByStreamWord) ?? 'unavailable';
  return kindByStatus.get(status) ?? 'invalid-request';
}

function firstKind(
  words: readonly string[],
  kinds: ReadonlyMap<string, AdapterErrorKind>,
): AdapterErrorKind | undefined {
  return words.map((word) => kinds.get(word)).find((kind) => kind !== undefined);
}

/** Servers without a code for it say it in words: vLLM, SGLang, Ollama, TGI. */
function isOverlong(message: string | undefined): boolean {
  return (
    message !== undefined &&
    /maximum context length|context (length|window|size).{0,40}exceed|exceed.{0,40}context (length|window|size)|longer than the model's context|inputs. tokens . .max_new_tokens. must be/i.test(
      message,
    )
  );
}

/** llama.cpp sends it as a 500, for a text that is longer than one step of it holds. */
function isOverlongEmbedding(message: string | undefined): boolean {
  return message !== undefined && /^input \(\d+ tokens\) is too large to process/.test(message);
}

const promptCounts = [
  /your messages resulted in (\d+) tokens/i,
  /you requested (\d+) tokens/i,
  /prompt contains (?:at least )?(\d+) (?:input )?tokens/i,
  /\((\d+) (?:tokens )?in the messages/i,
  /^input \((\d+) tokens\) is too large/i,
];
const contextCounts = [/maximum (?:model )?context length (?:is|of) (\d+)/i, /current batch size: (\d+)/i];

function countIn(message: string | undefined, patterns: readonly RegExp[]): number | undefined {
  if (message === undefined) return undefined;
  const digits = patterns.map((pattern) => pattern.exec(message)?.[1]).find((match) => match !== undefined);
  return digits === undefined ? undefined : Number(digits);
}
