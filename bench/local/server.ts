/**
 * Of every request, so that no server puts one of its own in its place. Both know it from the first request on: prefix
 * caches are on, as they are by default; what follows differs from its first word.
 */
export const system = 'Be brief.';

/** One answer as its client saw it. */
export interface Seen {
  /** From the request to the first text, in milliseconds. */
  readonly firstMs: number;
  /** From the first text to the last, in milliseconds. */
  readonly writingMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A server under measurement. Both are asked for the same: greedy answers to prompts they have not seen. */
export interface LocalServer {
  readonly name: string;
  readonly pid: number;
  ask(prompt: string, maxOutputTokens: number): Promise<Seen>;
  /** Log-probabilities of the twenty likeliest first tokens of an answer, by their texts. */
  firstTokens(prompt: string): Promise<ReadonlyMap<string, number>>;
  /** Physical memory of whatever computes, in megabytes. */
  residentMegabytes(): number;
  stop(): Promise<void>;
}
