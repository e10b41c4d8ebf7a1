import type { AdapterErrorKind } from '../../../adapters/errors.ts';
import { createOpenAiAdapter } from '../../../adapters/openai/index.ts';
import { openAiOptionsSchema } from '../../../adapters/openai/options.ts';
import { describeAdapter, readingCaseNames } from '../../conformance/adapter.ts';
import { conformanceContext, type Fixture } from '../../conformance/fixture.ts';
import { settled } from '../../support/fake-clock.ts';
import {
  answerStream,
  delta,
  done,
  drip,
  lastMessage,
  refusing,
  sseHeaders,
} from '../../support/openai-wire.ts';
import { startUpstreamServer, type Exchange, type Handler } from '../../support/upstream-server.ts';
import { ask } from './open.ts';

const unicode = 'Füße 👩‍👩‍👧 日本 e\u0301';

/** What the server does, by the text of the prompt. Any other text is answered word by word. */
const behaviours: Readonly<Record<string, Handler>> = {
  'without usage': (exchange) => {
    exchange.head(200, sseHeaders);
    exchange.end(delta({ content: 'as you like' }) + delta({}, 'stop') + done);
  },
  silence: () => undefined,
  stall: async (exchange) => {
    exchange.head(200, sseHeaders);
    await exchange.write(delta({ content: 'so far' }));
  },
  [unicode]: async (exchange) => {
    exchange.head(200, sseHeaders);
    await drip(exchange, answerStream(unicode));
    exchange.end();
  },
  'invalid-request': refusing(400),
  'context-length': refusing(400, { code: 'context_length_exceeded' }),
  'content-filter': refusing(400, { code: 'content_filter' }),
  authentication: refusing(401),
  quota: refusing(429, { code: 'insufficient_quota' }),
  'rate-limit': refusing(429),
  'model-not-found': refusing(404),
  connection: (exchange) => exchange.reset(),
  unavailable: refusing(503),
  'stream-cut': async (exchange) => {
    exchange.head(200, sseHeaders);
    await exchange.write(delta({ content: 'so far' }));
    exchange.cut();
  },
  protocol: (exchange) => {
    exchange.head(200, sseHeaders);
    exchange.end('data: {"choices": [\n\n');
  },
};

const shownKinds: readonly AdapterErrorKind[] = [
  'invalid-request',
  'context-length',
  'content-filter',
  'authentication',
  'quota',
  'rate-limit',
  'model-not-found',
  'connection',
  'unavailable',
  'stream-cut',
  'protocol',
];

/** Byte by byte, since what comes at once is one part. */
async function answer(exchange: Exchange): Promise<void> {
  exchange.head(200, sseHeaders);
  await drip(exchange, answerStream(...lastMessage(exchange).split(' ')));
  exchange.end();
}

/** Turns of the event loop without progress after which a socket that takes nothing counts as held back. */
const quietTurns = 50;

/** Writes without end, as fast as the socket takes it, and tells how far it came. */
function createFlood(): { readonly handler: Handler; heldBack(limit: number): Promise<number> } {
  const chunk = delta({ content: 'drop' }).repeat(256);
  let bytes = 0;
  return {
    async handler(exchange) {
      exchange.head(200, sseHeaders);
      while (!exchange.socket.destroyed) {
        bytes += chunk.length;
        await exchange.write(chunk);
      }
    },
    async heldBack(limit) {
      let seen = -1;
      for (let quiet = 0; quiet < quietTurns; quiet += 1) {
        if (bytes > limit) throw new Error(`the server could send ${bytes} bytes`);
        if (bytes !== seen) quiet = 0;
        seen = bytes;
        await settled();
      }
      return bytes;
    },
  };
}

async function create(): Promise<Fixture> {
  const flood = createFlood();
  const upstream = await startUpstreamServer((exchange) => {
    const text = lastMessage(exchange);
    return (text === 'flood' ? flood.handler : (behaviours[text] ?? answer))(exchange);
  });
  const adapter = createOpenAiAdapter(
    openAiOptionsSchema.parse({ model: 'gpt-test', baseUrl: upstream.baseUrl }),
    conformanceContext(),
  );
  return {
    adapter,
    idle: () => upstream.idle(),
    heldBack: (limit) => flood.heldBack(limit),
    // Both ends of a TCP connection over the loopback may hold some megabytes before anything waits.
    bufferLimit: 48 * 1024 * 1024,
    released: () => upstream.disconnected(),
    async dispose() {
      await adapter.close();
      await upstream.close();
    },
  };
}

describeAdapter({
  name: 'openai, chat',
  create,
  scenarios: {
    answer: ask('one two three'),
    answerWithoutUsage: ask('without usage'),
    silence: ask('silence'),
    stall: ask('stall'),
    flood: ask('flood'),
    unicode: { call: ask(unicode), text: unicode },
    apart: [ask('first of two'), ask('second of two')],
    failures: Object.fromEntries(shownKinds.map((kind) => [kind, ask(kind)])),
  },
  optOuts: [{ reason: 'a deployment chats or embeds, never both', cases: readingCaseNames }],
});
