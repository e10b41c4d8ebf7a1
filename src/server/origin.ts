import type { HeaderReader } from '../telemetry/telemetry.ts';

/**
 * Why a browser's request is refused, or `undefined`. Programs send none of these headers; browsers send them and pages cannot forge
 * them: `Origin` with every POST and every WebSocket, `Sec-Fetch-Site` with the rest
 * (https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site).
 */
export function refusalOfOrigin(headers: HeaderReader, allowed: readonly string[]): string | undefined {
  if (allowed.includes('*')) return undefined;
  const origin = headers.get('origin');
  if (origin !== null && origin !== undefined) {
    if (allowed.includes(origin) || isOwn(origin, headers.get('host'))) return undefined;
    return `Pages of ${origin} may not call this gateway. SWITCHYARD_CORS_ORIGINS lists the origins that may.`;
  }
  const site = headers.get('sec-fetch-site');
  // A link may lead here from anywhere: it opens GraphiQL.
  if (site === undefined || site === null || headers.get('sec-fetch-mode') === 'navigate') return undefined;
  if (site === 'same-origin' || site === 'none') return undefined;
  return 'Pages of other sites may not call this gateway. SWITCHYARD_CORS_ORIGINS lists the origins that may.';
}

/** Behind a proxy the scheme may differ, the host does not. */
function isOwn(origin: string, host: string | null | undefined): boolean {
  return URL.parse(origin)?.host === host;
}
