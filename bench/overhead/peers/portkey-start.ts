/**
 * Starts Portkey as it is published, with one repair: it sets headers on the reply that `fetch` returns, and Node refuses that, so that
 * every stream would end as status 500. Streams get a copy of the reply whose headers may be set; whole answers are left alone.
 */
// Portkey's web framework puts a class of its own in place of the global Response.
const { fetch: fetchReply, Response: PlainResponse } = globalThis;

globalThis.fetch = async (...request) => {
  const reply = await fetchReply(...request);
  const streams = reply.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  return streams ? new PlainResponse(reply.body, reply) : reply;
};

const program = new URL('node_modules/@portkey-ai/gateway/build/start-server.js', import.meta.url);
await import(program.href);
