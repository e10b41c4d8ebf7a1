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
  /** Physical memory of whatever computes, in megabytes. */
  residentMegabytes(): number;
  stop(): Promise<void>;
}
