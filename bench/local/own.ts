import { z } from 'zod';
import { median } from './workloads.ts';
import { promptMaker } from './prompts.ts';
import type { SwitchyardServer } from './switchyard-server.ts';

const embedSchema = z.object({ data: z.object({ embed: z.object({ dimensions: z.number() }) }) });

/** What there is nothing beside to measure. */
export interface OwnFigures {
  readonly lagMs: number;
  readonly prefix: number;
  readonly embedding: number;
}

/** Time to the first token of a prompt whose first 300 tokens are known, to that of one that is new. */
export async function sharedPrefix(server: SwitchyardServer, seed: number): Promise<number> {
  const prompt = promptMaker(seed);
  const ratios: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const shared = prompt(190);
    const fresh = await server.ask(`${shared} What is the first word?`, 2);
    const known = await server.ask(`${shared} What is the last word?`, 2);
    ratios.push(known.firstMs / fresh.firstMs);
  }
  return median(ratios);
}

/** Texts a second of 1,000 short texts by fifty callers, to those of one caller. */
export async function embedding(url: string, seed: number): Promise<number> {
  const prompt = promptMaker(seed);
  const texts = Array.from({ length: 1000 }, (_, index) => prompt(5 + (index % 20)));
  const alone = await textsPerSecond(url, texts.slice(0, 200), 1);
  const together = await textsPerSecond(url, texts, 50);
  return together / alone;
}

async function textsPerSecond(url: string, texts: readonly string[], callers: number): Promise<number> {
  let next = 0;
  async function caller(): Promise<void> {
    for (let index = next++; index < texts.length; index = next++) await embed(url, texts[index] ?? '');
  }
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: callers }, caller));
  return (texts.length * 1000) / (performance.now() - startedMs);
}

async function embed(url: string, text: string): Promise<void> {
  const query =
    'query ($text: String!) { embed(input: { texts: [$text] }) { ... on Embeddings { dimensions } } }';
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { text } }),
  });
  embedSchema.parse(await response.json());
}
