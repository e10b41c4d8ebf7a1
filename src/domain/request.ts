import type {
  Capability,
  Message,
  ResponseFormat,
  Sampling,
  Tool,
  ToolChoice,
} from '../../adapters/contract.ts';
import type { NanoUsd } from './money.ts';

/** Hard limits: a deployment that cannot keep one is not a candidate. Left out is no limit. */
export interface Constraints {
  readonly maxCostNanoUsd?: NanoUsd;
  readonly maxFirstTokenMs?: number;
  readonly maxLatencyMs?: number;
  readonly localOnly?: boolean;
  readonly capabilities?: readonly Capability[];
}

export type CacheMode = 'read-write' | 'read-only' | 'write-only' | 'off';

export interface CacheOptions {
  readonly mode: CacheMode;
  /** How long the answer may be served again, in seconds. */
  readonly ttlSeconds: number;
}

/** Deadlines of one attempt, in milliseconds. A caller may only shorten what the policy and the deployment allow. */
export interface Deadlines {
  /** To open a connection. */
  readonly connectMs?: number;
  /** From the start of the attempt to the first part of the answer. */
  readonly firstTokenMs?: number;
  /** Between two parts of the answer. */
  readonly idleMs?: number;
}

/** Who goes first where a deployment has a queue, and whose work is refused first where the gateway has too much of it. */
export const priorities = ['interactive', 'batch'] as const;
export type Priority = (typeof priorities)[number];

export interface Label {
  readonly key: string;
  readonly value: string;
}

/** One wish for an answer, validated. */
export interface GenerationRequest {
  /** A model's name, or `auto`. */
  readonly model: string;
  readonly messages: readonly Message[];
  readonly sampling: Sampling;
  readonly tools?: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  readonly responseFormat?: ResponseFormat;
  /** How many of the likeliest tokens to tell of in each place; left out asks for no log-probabilities. */
  readonly logProbabilities?: number;
  readonly constraints: Constraints;
  /** Name of the policy that weighs cost, latency and quality. */
  readonly policy: string;
  readonly cache: CacheOptions;
  /** Total time for the answer, attempts included. */
  readonly timeoutMs: number;
  readonly deadlines: Deadlines;
  readonly priority: Priority;
  /** Whether a stream outlives the connection of its client for a while, to be resumed. */
  readonly resumable: boolean;
  readonly labels: readonly Label[];
}

/** Who calls. Until there are keys everybody is the one anonymous tenant. */
export interface Principal {
  readonly tenant: string;
}

/** What is asked of texts that are read, and not answered. */
export type Reading =
  | { readonly task: 'embed'; readonly texts: readonly string[] }
  | { readonly task: 'classify'; readonly texts: readonly string[] }
  | {
      readonly task: 'rerank';
      readonly query: string;
      readonly documents: readonly string[];
      /** How many of the best documents are wanted; left out is all of them. */
      readonly topK?: number;
    };

export type ReadingTask = Reading['task'];

/** One wish for something to be made of texts, validated. */
export interface ReadingRequest<Read extends Reading = Reading> {
  readonly model: string;
  readonly reading: Read;
  readonly constraints: Constraints;
  readonly policy: string;
  readonly timeoutMs: number;
  readonly deadlines: Deadlines;
  readonly priority: Priority;
}
