export interface Example {
  readonly query: string;
}

export interface PageOptions {
  /** Address of the folder of assets, relative to the page, without a slash at its end. */
  readonly assets: string;
  /** The tabs of a first visit, in order. Later visits keep their own. */
  readonly examples: readonly Example[];
}

/**
 * With it the browser itself keeps the page from asking other hosts. No script stands in the page; the editor sets styles itself, and its
 * fonts and pictures stand in the style sheet as `data:`.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  'font-src data:',
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page of GraphiQL. It works under any prefix that a proxy puts before its address. */
export function renderPage({ assets, examples }: PageOptions): string {
  const tabs = examples.map(({ query }) => ({ query }));
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Switchyard</title>
    <link rel="icon" href="${assets}/logo.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="${assets}/graphiql.css" />
  </head>
  <body>
    <noscript>GraphiQL needs JavaScript.</noscript>
    <div id="root"></div>
    <script type="application/json" id="page">${jsonInHtml({ tabs })}</script>
    <script src="${assets}/graphiql.js"></script>
    <script src="${assets}/graphql-sse.js"></script>
    <script src="${assets}/graphql-ws.js"></script>
    <script type="module" src="${assets}/browser.js"></script>
  </body>
</html>
`;
}

/** Without `<` nothing in a value can end the script element around it or open a comment. */
function jsonInHtml(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', String.raw`\u003c`);
}
