import { promptMaker } from './prompts.ts';
import type { LocalServer, Seen } from './server.ts';

export type Figures = Readonly<Record<string, number>>;

/** One round on one server. Token counts are the server's own, so that another tokenizer or a shorter answer counts as it is. */
export async function measure(server: LocalServer, seed: number): Promise<Figures> {
  const prompt = promptMaker(seed);
  // Once as busy as it will be, uncounted: memory that is taken for the first time is slow.
  await atOnce(8, () => server.ask(prompt(170), 16));

  const chatsStartedMs = performance.now();
  const chats = await atOnce(8, () => server.ask(prompt(26), 64));
  const chatSeconds = (performance.now() - chatsStartedMs) / 1000;

  const alone: Seen[] = [];
  for (let turn = 0; turn < 3; turn += 1) alone.push(await server.ask(prompt(26), 64));

  const prefills: Seen[] = [];
  for (let turn = 0; turn < 3; turn += 1) prefills.push(await server.ask(prompt(170), 2));

  const long = await atOnce(8, () => server.ask(prompt(170), 64));
  return {
    chatsPerSecond: sum(chats.map(({ outputTokens }) => outputTokens)) / chatSeconds,
    chatsFirstMs: median(chats.map(({ firstMs }) => firstMs)),
    aloneRate: median(alone.map(rate)),
    prefillRate: median(prefills.map(({ inputTokens, firstMs }) => (inputTokens * 1000) / firstMs)),
    longRate: sum(long.map(rate)),
  };
}

/** Fills all slots with about 2,000 tokens, and looks. */
export async function memory(server: LocalServer, seed: number): Promise<number> {
  const prompt = promptMaker(seed);
  await atOnce(8, () => server.ask(prompt(1180), 32));
  return server.residentMegabytes();
}

function rate({ outputTokens, writingMs }: Seen): number {
  return ((outputTokens - 1) * 1000) / writingMs;
}

async function atOnce<Value>(count: number, work: () => Promise<Value>): Promise<readonly Value[]> {
  return await Promise.all(Array.from({ length: count }, work));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}
