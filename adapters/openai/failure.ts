import { APIError } from 'openai';
import { AdapterError, type AdapterErrorKind, type AdapterErrorOptions } from '../errors.ts';
import type { Deployment } from './deployment.ts';
import { kindOf, readProviderError } from './provider-error.ts';
import { redact, type Secrets } from './redact.ts';
import { rateLimitResetMs, retryAfterMs } from './retry-after.ts';

type Failing = Pick<Deployment, 'name' | 'secrets' | 'context'>;

/**
 * What the SDK or the transport threw, as the one error of the contract. The SDK's own errors are not kept as causes:
 * they carry the provider's text, which may quote the key or the prompt.
 */
export function toAdapterError(error: unknown, deployment: Failing, prompt: readonly string[]): AdapterError {
  const known = adapterErrorIn(error);
  if (known !== undefined) return known;
  const { name } = deployment;
  const secrets: Secrets = { values: deployment.secrets, prompt };
  if (error instanceof APIError) {
    return fromProvider(error, { name, secrets, nowMs: deployment.context.clock.wallMs() });
  }
  if (error instanceof SyntaxError)
    return new AdapterError('protocol', `${name} sent JSON that cannot be read`);
  const text = error instanceof Error ? error.message : String(error);
  return new AdapterError('protocol', `${name}: ${redact(text, secrets)}`);
}

/** The SDK wraps what the transport throws. */
function adapterErrorIn(error: unknown): AdapterError | undefined {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; depth += 1) {
    if (current instanceof AdapterError) return current;
    current = current.cause;
  }
  return undefined;
}

interface Reading {
  readonly name: string;
  readonly secrets: Secrets;
  /** The wall clock, for waits that are given as a date. */
  readonly nowMs: number;
}

function fromProvider(error: APIError, { name, secrets, nowMs }: Reading): AdapterError {
  const provider = readProviderError(error.error ?? textWithoutStatus(error), error.status);
  const kind = kindOf(provider);
  const said = redact(provider.message ?? '', secrets);
  const options: AdapterErrorOptions = {
    status: provider.status,
    providerCode: provider.words[0] === undefined ? undefined : redact(provider.words[0], secrets),
    ...(kind === 'context-length'
      ? { inputTokens: provider.inputTokens, contextTokens: provider.contextTokens }
      : {}),
    ...(error.headers === undefined ? {} : waitOptions(kind, error.headers, nowMs)),
  };
  const status = provider.status === undefined ? 'an error' : `HTTP ${provider.status}`;
  return new AdapterError(kind, `${name} answered ${status}${said === '' ? '' : `: ${said}`}`, options);
}

/** Replies that are no JSON reach us only as the SDK's message, behind the status. */
function textWithoutStatus({ message, status }: APIError): string {
  const text = status === undefined ? message : message.replace(`${status} `, '');
  return text === 'status code (no body)' ? '' : text;
}

function waitOptions(kind: AdapterErrorKind, headers: Headers, nowMs: number): AdapterErrorOptions {
  if (kind !== 'rate-limit' && kind !== 'unavailable') return {};
  return {
    retryAfterMs:
      retryAfterMs(headers, nowMs) ?? (kind === 'rate-limit' ? rateLimitResetMs(headers) : undefined),
  };
}
