const methods = ['GET', 'POST', 'OPTIONS'];
const allowedHeaders = ['accept', 'authorization', 'content-type', 'traceparent', 'tracestate'];
const maxAge = 600;

/** What yoga is told. Without a list no page of another origin may read answers. Nothing here is tied to cookies. */
export function corsOptions(origins: readonly string[]) {
  if (origins.length === 0) return false;
  return {
    origin: origins.includes('*') ? '*' : [...origins],
    credentials: false,
    methods,
    allowedHeaders,
    maxAge,
  };
}

export type CorsHeaders = (origin: string | null | undefined) => Readonly<Record<string, string>>;

/** The same for answers that do not come from yoga: the headers for a request from an origin. */
export function corsHeaders(origins: readonly string[]): CorsHeaders {
  return (origin) => {
    if (origin === null || origin === undefined) return none;
    if (!origins.includes('*') && !origins.includes(origin)) return none;
    return {
      'access-control-allow-origin': origin,
      vary: 'Origin',
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': allowedHeaders.join(', '),
      'access-control-max-age': String(maxAge),
    };
  };
}

const none = {};
