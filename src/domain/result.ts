import type { Problem } from './problem.ts';

/** What a client gets: the thing it asked for, or why not. */
export type Result<Value> =
  | { readonly type: 'success'; readonly value: Value }
  | { readonly type: 'problem'; readonly problem: Problem };
