import type { DeltaHistory, DeltaRunner } from './delta-runner.ts';

/**
 * The graph's logits after every token of a text. The first half goes in at once, as rows of a batch that end at each of its tokens;
 * the rest goes in one by one, so that the cache is looked at too.
 */
export async function deltaLogits(
  runner: DeltaRunner,
  tokens: readonly number[],
  signal: AbortSignal,
): Promise<readonly Float32Array[]> {
  const half = Math.ceil(tokens.length / 2);
  const prefixes = tokens.slice(0, half).map((_, last) => ({ tokens: tokens.slice(0, last + 1) }));
  const begun = await runner.run(prefixes);
  const logits = begun.map((result) => result.logits);
  let history: DeltaHistory = begun.at(-1)?.history ?? [];
  for (const token of tokens.slice(half)) {
    signal.throwIfAborted();
    // More room than is filled, as the engine has it.
    const [result] = await runner.run([{ tokens: [token], history }], { cacheTokens: history.length + 5 });
    if (result === undefined) throw new Error('the graph gave no row');
    logits.push(result.logits);
    history = result.history;
  }
  return logits;
}
