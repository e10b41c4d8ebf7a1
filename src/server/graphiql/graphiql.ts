import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { loadAssets, type Asset, type Assets } from './assets.ts';
import { contentSecurityPolicy, renderPage, type Example } from './page.ts';

const decompress = promisify(gunzip);

export interface GraphiqlOptions {
  /** Path of the GraphQL endpoint, such as `/graphql`: the page is there, its assets are below. */
  readonly endpoint: string;
  /** Operations that open as tabs on a first visit. */
  readonly examples: readonly Example[];
}

export interface Graphiql {
  /** The page for a browser, an asset of it, or `undefined` for a request that is not for GraphiQL. */
  respond(request: Request): Promise<Response | undefined>;
}

const commonHeaders = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/** GraphiQL from this server alone: no other host is asked for anything. */
export function createGraphiql({ endpoint, examples }: GraphiqlOptions): Graphiql {
  let loading: Promise<Assets> | undefined;
  const folder = `${endpoint}/assets/`;

  return {
    async respond(request) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
      const { pathname } = new URL(request.url);
      const page = pathname === endpoint && accepts(request, 'accept', 'text/html');
      if (!page && !pathname.startsWith(folder)) return undefined;

      // Only now: a gateway that no browser visits does not pay for it.
      const assets = await (loading ??= loadAssets());
      if (page) return pageResponse({ assets: assetsFrom(endpoint, assets), examples });
      const [digest, name = ''] = pathname.slice(folder.length).split('/');
      const asset = digest === assets.digest ? assets.byName.get(name) : undefined;
      return asset === undefined ? notFound() : await assetResponse(asset, request);
    },
  };
}

function assetsFrom(endpoint: string, { digest }: Assets): string {
  return `${endpoint.slice(endpoint.lastIndexOf('/') + 1)}/assets/${digest}`;
}

function pageResponse(options: Parameters<typeof renderPage>[0]): Response {
  return new Response(renderPage(options), {
    headers: {
      ...commonHeaders,
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      vary: 'accept',
    },
  });
}

async function assetResponse({ contentType, gzipped }: Asset, request: Request): Promise<Response> {
  const packed = accepts(request, 'accept-encoding', 'gzip');
  return new Response(packed ? gzipped : await decompress(gzipped), {
    headers: {
      ...commonHeaders,
      ...(packed ? { 'content-encoding': 'gzip' } : {}),
      'content-type': contentType,
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
    },
  });
}

function notFound(): Response {
  return new Response('There is no such asset.\n', {
    status: 404,
    headers: { ...commonHeaders, 'content-type': 'text/plain; charset=utf-8' },
  });
}

function accepts(request: Request, header: string, value: string): boolean {
  return request.headers.get(header)?.includes(value) ?? false;
}
