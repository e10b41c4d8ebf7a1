import { createOpenAiAdapter } from '../../../adapters/openai/index.ts';
import { openAiOptionsSchema } from '../../../adapters/openai/options.ts';
import { caseNames, describeAdapter, embedCaseNames, type CaseName } from '../../conformance/adapter.ts';
import { conformanceContext, type Fixture } from '../../conformance/fixture.ts';
import { refusing } from '../../support/openai-wire.ts';
import { startUpstreamServer, type Exchange } from '../../support/upstream-server.ts';

/** Cases of adapters that embed; every other one asks for an answer. */
const kept: ReadonlySet<CaseName> = new Set([
  ...embedCaseNames,
  'the traits name what the adapter can do',
  'close may be called twice, also at once',
]);

function handle(exchange: Exchange): void | Promise<void> {
  const { input } = exchange.body as { input: readonly string[] };
  switch (input[0]) {
    case 'silence':
      return;
    case 'rate-limit':
      return refusing(429)(exchange);
    case 'connection':
      return exchange.reset();
    case 'stream-cut':
      exchange.head(200, { 'content-type': 'application/json', 'content-length': '100' });
      return exchange.write('{"data":[').then(() => exchange.cut());
    case 'protocol':
      return exchange.json(200, { data: [] });
    default:
      exchange.json(200, {
        data: input.map((text, index) => ({ index, embedding: [text.length, 1, 0] })),
        usage: { prompt_tokens: input.length },
      });
  }
}

async function create(): Promise<Fixture> {
  const upstream = await startUpstreamServer(handle);
  const adapter = createOpenAiAdapter(
    openAiOptionsSchema.parse({
      model: 'embed-test',
      baseUrl: upstream.baseUrl,
      capabilities: ['embeddings'],
    }),
    conformanceContext(),
  );
  return {
    adapter,
    idle: () => upstream.idle(),
    async dispose() {
      await adapter.close();
      await upstream.close();
    },
  };
}

describeAdapter({
  name: 'openai, embeddings',
  create,
  scenarios: {
    embed: { texts: ['near', 'farther', 'near'] },
    embedSilence: { texts: ['silence'] },
    embedFailures: {
      'rate-limit': { texts: ['rate-limit'] },
      connection: { texts: ['connection'] },
      'stream-cut': { texts: ['stream-cut'] },
      protocol: { texts: ['protocol'] },
    },
  },
  optOuts: [
    {
      reason: 'a deployment chats or embeds, never both',
      cases: caseNames.filter((name) => !kept.has(name)),
    },
  ],
});
