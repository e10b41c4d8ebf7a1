import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EmbedResult, ModelAdapter } from '../../adapters/contract.ts';
import { adapterFor } from '../adapters/openai/open.ts';
import { caseNames, describeAdapter, embedCaseNames, type CaseName } from '../conformance/adapter.ts';
import { adapterErrorOf } from '../conformance/observe.ts';
import { startLlamaServer, type LlamaServer } from '../support/real-downloads.ts';

let server: LlamaServer;

beforeAll(async () => {
  // With one slot texts are read one after the other, in the order of their calls.
  server = await startLlamaServer({ embeddings: true, slots: 1 });
});

afterAll(async () => {
  await server.stop();
});

function open(options: { readonly dimensions?: number } = {}): ModelAdapter {
  return adapterFor({ baseUrl: server.baseUrl, capabilities: ['embeddings'], ...options });
}

async function embed(adapter: ModelAdapter, texts: readonly string[]): Promise<EmbedResult> {
  if (adapter.embed === undefined) throw new Error('the adapter has no embed');
  return adapter.embed({ texts }, new AbortController().signal);
}

describe('the embedding of texts', () => {
  let adapter: ModelAdapter;

  beforeAll(() => {
    adapter = open();
  });
  afterAll(async () => {
    await adapter.close();
  });

  test('has the dimensions of the model, and unit length', async () => {
    const { dimensions, vectors, truncated } = await embed(adapter, ['The sea is calm.', 'Bread']);
    expect(dimensions).toBe(576);
    expect(vectors.map(({ length }) => length)).toEqual([576, 576]);
    for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 4);
    expect(truncated).toEqual([false, false]);
  });

  test('is the same for equal texts', async () => {
    const { vectors } = await embed(adapter, ['The sea is calm.', 'Bread', 'The sea is calm.']);
    expect(distance(vectors[0], vectors[2])).toBeLessThan(1e-6);
    expect(distance(vectors[0], vectors[1])).toBeGreaterThan(0.1);
  });

  test('keeps the order of the texts', async () => {
    const texts = ['The sea is calm.', 'Bread', 'A long way to go from here to there.', '日本 👍', 'x'];
    const together = (await embed(adapter, texts)).vectors;
    for (const [place, text] of texts.entries()) {
      const [alone] = (await embed(adapter, [text])).vectors;
      const distances = together.map((vector) => distance(vector, alone));
      expect(distances.indexOf(Math.min(...distances))).toBe(place);
      expect(distances[place]).toBeLessThan(1e-3);
    }
  });

  test('counts the tokens that the server counted', async () => {
    const [sea, bread] = [await tokensOf('The sea is calm.'), await tokensOf('Bread')];
    const { usage } = await embed(adapter, ['The sea is calm.', 'Bread', 'Bread']);
    expect(usage.inputTokens).toBe(sea + 2 * bread);
  });

  test('of a text that is too long fails with its tokens and those the server takes', async () => {
    const error = await adapterErrorOf(embed(adapter, ['Bread', 'word '.repeat(600)]), 'context-length');
    expect(error).toMatchObject({ inputTokens: 601, contextTokens: 512, status: 500 });
  });

  test('of an empty text fails as an invalid request', async () => {
    await adapterErrorOf(embed(adapter, ['']), 'invalid-request');
  });

  test('of another length than the one asked for is refused', async () => {
    const shortening = open({ dimensions: 128 });
    const { message } = await adapterErrorOf(embed(shortening, ['Bread']), 'protocol');
    await shortening.close();
    expect(message).toMatch(/length 576 .* length 128$/);
  });
});

/** Cases of adapters that embed; every other one asks for an answer. */
const kept: ReadonlySet<CaseName> = new Set([
  ...embedCaseNames,
  'the traits name what the adapter can do',
  'close may be called twice, also at once',
]);

describeAdapter({
  name: "openai before llama.cpp's server, embeddings",
  async create() {
    const adapter = open();
    return {
      adapter,
      async idle() {
        const own = open();
        await embed(own, ['Bread']);
        await own.close();
      },
      dispose: () => adapter.close(),
    };
  },
  scenarios: {
    embed: { texts: ['near', 'farther', 'near'] },
    // Some seconds of work.
    embedSilence: { texts: Array.from({ length: 4 }, () => 'word '.repeat(400)) },
    embedFailures: {
      'context-length': { texts: ['word '.repeat(600)] },
      'invalid-request': { texts: [''] },
    },
  },
  optOuts: [
    {
      reason: 'a deployment chats or embeds, never both',
      cases: caseNames.filter((name) => !kept.has(name)),
    },
  ],
});

function distance(left: readonly number[] = [], right: readonly number[] = []): number {
  return Math.hypot(...left.map((value, place) => value - (right[place] ?? Number.NaN)));
}

/** How many tokens the server makes of a text. */
async function tokensOf(text: string): Promise<number> {
  const reply = await fetch(new URL('/tokenize', server.baseUrl), {
    method: 'POST',
    body: JSON.stringify({ content: text }),
  });
  const { tokens } = (await reply.json()) as { readonly tokens: readonly number[] };
  return tokens.length;
}
