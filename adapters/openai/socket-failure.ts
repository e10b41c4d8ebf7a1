import { errors } from 'undici';
import { AdapterError } from '../errors.ts';

/** Codes of a peer that does not keep to HTTP/1.1 beyond what the parser finds. */
const protocolCode = /^UND_ERR_(HEADERS_OVERFLOW|RESPONSE|NOT_SUPPORTED|RES_EXCEEDED_MAX_SIZE)$/;
/** What failed is this machine, not the peer. */
const exhaustedCodes: ReadonlySet<string> = new Set([
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'EADDRNOTAVAIL',
]);
/** The adapter closed its sockets. */
const closedCode = /^UND_ERR_(DESTROYED|CLOSED|ABORTED)$/;

/** Why no reply began: DNS, TCP, TLS, a reset, or bytes that are not HTTP. */
export function connectFailure(error: unknown, origin: string): AdapterError {
  const { code, text } = describe(error);
  if (breaksHttp(error, code)) {
    return new AdapterError('protocol', `${origin} does not answer in HTTP: ${text}`);
  }
  if (closedCode.test(code))
    return new AdapterError('aborted', `the connection to ${origin} was closed here`);
  if (exhaustedCodes.has(code)) {
    return new AdapterError('exhausted', `nothing is left for a connection to ${origin}: ${text}`, {
      cause: error,
    });
  }
  return new AdapterError('connection', `no connection to ${origin}: ${text}`, {
    cause: error,
    phase: code === 'UND_ERR_CONNECT_TIMEOUT' ? 'connect' : undefined,
  });
}

/** Why a reply broke off. */
export function bodyFailure(error: unknown, origin: string): AdapterError {
  if (error instanceof AdapterError) return error;
  const { code, text } = describe(error);
  if (breaksHttp(error, code)) {
    return new AdapterError('protocol', `${origin} does not keep to HTTP: ${text}`);
  }
  if (closedCode.test(code))
    return new AdapterError('aborted', `the connection to ${origin} was closed here`);
  return new AdapterError('stream-cut', `${origin} broke off its answer: ${text}`, { cause: error });
}

/** Such an error is not kept as a cause: the parser's carries the bytes it stumbled over, which may be the answer. */
function breaksHttp(error: unknown, code: string): boolean {
  return error instanceof errors.HTTPParserError || protocolCode.test(code);
}

/** The first code found along the causes; several addresses that all failed come as an `AggregateError`. */
function describe(error: unknown): { code: string; text: string } {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; depth += 1) {
    if ('code' in current && typeof current.code === 'string') {
      return { code: current.code, text: current.message === '' ? current.code : current.message };
    }
    current = current instanceof AggregateError ? current.errors[0] : current.cause;
  }
  return { code: '', text: error instanceof Error ? error.message : String(error) };
}
