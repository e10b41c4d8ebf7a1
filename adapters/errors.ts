/**
 * Why a call to a model failed. The list is closed: drivers translate whatever they meet into one of these,
 * and what to do about each (breaker, retry, fallback, bill) is decided once, in `src/resilience/verdict.ts`.
 */
export const adapterErrorKinds = [
  /** The request is not one this model takes (HTTP 400, 413, 422). */
  'invalid-request',
  /** The prompt is longer than the model's context. Carries `inputTokens` and `contextTokens` where known. */
  'context-length',
  /** Refused by a content filter before or instead of an answer. */
  'content-filter',
  /** The request needs something that this driver cannot express or this server does not do (HTTP 501). */
  'unsupported',
  /** The credential is missing, wrong or lacks permission (HTTP 401, 403). */
  'authentication',
  /** The account has no money or quota left; waiting does not help. */
  'quota',
  /** Too many requests for now (HTTP 429); `retryAfterMs` where the provider said so. */
  'rate-limit',
  /** The provider does not know the model (HTTP 404). */
  'model-not-found',
  /** No connection: DNS, refused, TLS, reset before the first byte. */
  'connection',
  /** The provider failed or is overloaded (HTTP 5xx, in-band `overloaded`). */
  'unavailable',
  /** A deadline of ours passed; `phase` says which. */
  'timeout',
  /** The answer broke off: the socket was cut, or the stream ended without a finish reason. */
  'stream-cut',
  /** The answer is not what the protocol promises (malformed JSON or SSE, empty body). */
  'protocol',
  /** The local model process died. */
  'crashed',
  /** The local model's queue is full. */
  'queue-full',
  /** The model is not loaded (yet); `detail` says how far it is. */
  'not-ready',
  /** This machine has no file descriptor, port or memory left for the call. */
  'exhausted',
  /** The caller's signal aborted the call. */
  'aborted',
] as const;

export type AdapterErrorKind = (typeof adapterErrorKinds)[number];

/** Which deadline passed: to open a connection, until the headers, until the first content part, between two parts, or in sum. */
export type TimeoutPhase = 'connect' | 'headers' | 'first-token' | 'idle' | 'total';

export interface AdapterErrorOptions {
  /** How long the provider asks to wait, in milliseconds. Unknown or unparsable is `undefined`. */
  readonly retryAfterMs?: number | undefined;
  /** HTTP status of the provider's reply. */
  readonly status?: number | undefined;
  /** The provider's own code or type for the error, as it came. Never shown to clients. */
  readonly providerCode?: string | undefined;
  /** Only where a deadline of ours passed. */
  readonly phase?: TimeoutPhase | undefined;
  /** How long that deadline was. */
  readonly limitMs?: number | undefined;
  /** Only for `context-length`: what the prompt counts, with the model's own tokenizer. */
  readonly inputTokens?: number | undefined;
  /** Only for `context-length`: what the model holds, in tokens. */
  readonly contextTokens?: number | undefined;
  /** What in the request is at fault, in words that clients may read. */
  readonly requestFault?: string | undefined;
  readonly cause?: unknown;
}

/**
 * The one error a driver throws. `message` is for operators and logs: it may name hosts and provider texts
 * (never keys or prompts) and does not reach clients.
 */
export class AdapterError extends Error {
  override readonly name = 'AdapterError';
  readonly kind: AdapterErrorKind;
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;
  readonly providerCode: string | undefined;
  readonly phase: TimeoutPhase | undefined;
  readonly limitMs: number | undefined;
  readonly inputTokens: number | undefined;
  readonly contextTokens: number | undefined;
  readonly requestFault: string | undefined;

  constructor(kind: AdapterErrorKind, message: string, options: AdapterErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
    this.status = options.status;
    this.providerCode = options.providerCode;
    this.phase = options.phase;
    this.limitMs = options.limitMs;
    this.inputTokens = options.inputTokens;
    this.contextTokens = options.contextTokens;
    this.requestFault = options.requestFault;
  }
}
