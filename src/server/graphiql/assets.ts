import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);

export interface Asset {
  readonly contentType: string;
  readonly gzipped: Buffer<ArrayBuffer>;
}

export interface Assets {
  /** Changes with any content, so that a browser may keep what it has for good. */
  readonly digest: string;
  readonly byName: ReadonlyMap<string, Asset>;
}

/** All that the page needs, so that a browser asks no other host: nine megabytes of text, two and a half gzipped. */
export async function loadAssets(): Promise<Assets> {
  const files = Object.entries(await readFiles());
  const digest = createHash('sha256');
  for (const file of files) digest.update(JSON.stringify(file));
  return {
    digest: digest.digest('base64url').slice(0, 12),
    byName: new Map(
      await Promise.all(files.map(async ([name, text]) => [name, await assetOf(name, text)] as const)),
    ),
  };
}

/** GraphiQL comes from Yoga's package, which has it in one piece without a bundler; the page around it is ours. */
async function readFiles(): Promise<Readonly<Record<string, string>>> {
  const graphiql = await import('@graphql-yoga/render-graphiql/graphiql');
  return {
    'graphiql.css': graphiql.css,
    'graphiql.js': graphiql.js,
    'editor-worker.js': graphiql.editorWorkerService,
    'json-worker.js': graphiql.jsonWorker,
    'graphql-worker.js': graphiql.graphqlWorker,
    'graphql-sse.js': await read('../umd/graphql-sse.min.js', import.meta.resolve('graphql-sse')),
    'graphql-ws.js': await read('../umd/graphql-ws.min.js', import.meta.resolve('graphql-ws')),
    'browser.js': await read('browser.js', import.meta.url),
    'logo.svg': await read('logo.svg', import.meta.url),
  };
}

async function read(path: string, base: string): Promise<string> {
  return await readFile(new URL(path, base), 'utf8');
}

async function assetOf(name: string, text: string): Promise<Asset> {
  return { contentType: contentTypeOf(name), gzipped: await compress(text) };
}

function contentTypeOf(name: string): string {
  if (name.endsWith('.css')) return 'text/css; charset=utf-8';
  if (name.endsWith('.svg')) return 'image/svg+xml';
  return 'text/javascript; charset=utf-8';
}
