import type { LocalResources, ModelLoading } from './local-contract.ts';

/**
 * What a model is, to the rest of the gateway. One adapter instance serves one deployment.
 *
 * The rules every driver keeps (held by `test/conformance/adapter.ts`):
 * - `generate` yields deltas and then exactly one `finish` part, and nothing after it. An end without `finish` is an error.
 * - Failure is one thrown `AdapterError`. Nothing else is thrown, and no part carries an error.
 * - `signal` stops the work: the iterator throws `AdapterError('aborted')` within 100 ms, before and after the first part.
 * - Leaving the loop (`return()` on the iterator) releases everything the call holds, like an abort.
 * - Parts are pulled: a consumer that does not ask for the next part holds the producer back within a bounded buffer.
 * - Unknown is `undefined`, never 0 or ''.
 */

/** A JSON value as it came over the wire. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export interface TextPart {
  readonly type: 'text';
  readonly text: string;
}

/** An image by URL: `data:` with base64 content, or `https:` for providers that fetch it. The gateway never fetches it. */
export interface ImagePart {
  readonly type: 'image';
  readonly url: string;
}

export type ContentPart = TextPart | ImagePart;

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** The arguments as the model wrote them: JSON text, not necessarily valid. */
  readonly arguments: string;
}

export type Message =
  | { readonly role: 'system'; readonly content: readonly TextPart[] }
  | { readonly role: 'user'; readonly content: readonly ContentPart[] }
  | {
      readonly role: 'assistant';
      readonly content: readonly TextPart[];
      readonly toolCalls?: readonly ToolCall[];
    }
  | { readonly role: 'tool'; readonly toolCallId: string; readonly content: readonly TextPart[] };

export interface Tool {
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the arguments. */
  readonly parameters: JsonObject;
}

export type ToolChoice =
  | { readonly type: 'auto' }
  | { readonly type: 'none' }
  | { readonly type: 'required' }
  | { readonly type: 'tool'; readonly name: string };

export type ResponseFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json' }
  | { readonly type: 'json-schema'; readonly name: string; readonly schema: JsonObject };

/** How the next token is chosen. What is left out is the model's own default. */
export interface Sampling {
  /** 0 is greedy. Range 0 to 2. */
  readonly temperature?: number;
  /** Smallest set of tokens whose probabilities sum to this. Range above 0 to 1. */
  readonly topP?: number;
  /** The most likely K tokens. At least 1. */
  readonly topK?: number;
  /** Tokens at least this fraction as likely as the most likely one. Range 0 to 1. */
  readonly minP?: number;
  /** Same seed, same request, same model: same text, where the model can promise it. */
  readonly seed?: number;
  /** Texts that end the answer; none of them is part of it. At most 4. */
  readonly stop?: readonly string[];
  /** Most tokens in the answer. At least 1. */
  readonly maxOutputTokens?: number;
  /** Above 1 makes tokens already seen less likely. Range above 0 to 2. */
  readonly repetitionPenalty?: number;
  /** Range -2 to 2. */
  readonly presencePenalty?: number;
  /** Range -2 to 2. */
  readonly frequencyPenalty?: number;
  /** Added to the logits of tokens, by their ids in the model's own vocabulary: -100 forbids, 100 all but forces. Range -100 to 100. */
  readonly logitBias?: Readonly<Record<string, number>>;
}

export type SamplingParameter = keyof Sampling;

/** All of them. Keyed by the type, so that a new one cannot be forgotten here. */
export const samplingParameters = Object.keys({
  temperature: true,
  topP: true,
  topK: true,
  minP: true,
  seed: true,
  stop: true,
  maxOutputTokens: true,
  repetitionPenalty: true,
  presencePenalty: true,
  frequencyPenalty: true,
  logitBias: true,
} satisfies Record<SamplingParameter, true>) as SamplingParameter[];

export interface ModelCall {
  readonly messages: readonly Message[];
  readonly sampling: Sampling;
  readonly tools?: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  readonly responseFormat?: ResponseFormat;
  /** Asks for the log-probability of every token and of this many of the likeliest in its place, 0 to 20. @default none is asked for */
  readonly logProbabilities?: number;
  /**
   * Nobody reads the answer before it is whole: a driver may fetch it in one piece, and then yields few large parts.
   * @default false
   */
  readonly whole?: boolean;
  /** Whose call it is, for drivers that share a model among callers: what one has left behind is never given to another. @default '' */
  readonly tenant?: string;
  /** Who goes first where a driver has a queue. @default 'interactive' */
  readonly priority?: 'interactive' | 'batch';
  /** To open a connection, in milliseconds; shortens the driver's own deadline. */
  readonly connectMs?: number;
  /** Headers that carry the trace to the next process (`traceparent`, `tracestate`). */
  readonly traceHeaders?: Readonly<Record<string, string>>;
}

export const unifiedFinishReasons = ['stop', 'length', 'tool-calls', 'content-filter', 'other'] as const;
export type UnifiedFinishReason = (typeof unifiedFinishReasons)[number];

export interface FinishReason {
  readonly unified: UnifiedFinishReason;
  /** The model's own word for it. */
  readonly raw: string | undefined;
}

/** Tokens as the model counted them. `inputTokens` includes the cached, `outputTokens` the reasoning ones. */
export interface TokenUsage {
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly cachedInputTokens: number | undefined;
  readonly reasoningTokens: number | undefined;
}

/** How likely a token was in its place, among all tokens and before sampling. */
export interface LikelyToken {
  readonly text: string;
  /** Natural logarithm of the probability. */
  readonly logProbability: number;
}

export interface TokenLogProbability extends LikelyToken {
  /** The likeliest tokens of the place, as many as were asked for, best first. */
  readonly top: readonly LikelyToken[];
}

export type StreamPart =
  | {
      /** At most one, before every other part: what is known once the model has taken the call. */
      readonly type: 'response-metadata';
      /** Time the call waited in a local queue, in milliseconds. */
      readonly queuedMs?: number;
      /** The provider's id of the response. */
      readonly responseId?: string;
      /** The model that answers, as the provider names it. */
      readonly responseModel?: string;
      /** Version of the model's files that answer. */
      readonly modelVersion?: string;
      /** The answer was fetched as one reply: when its parts come says nothing about the model. @default false */
      readonly inOnePiece?: boolean;
    }
  | {
      readonly type: 'text-delta';
      readonly text: string;
      /** Of the tokens that the text is of, where the call asked for them. */
      readonly logProbabilities?: readonly TokenLogProbability[];
    }
  | { readonly type: 'reasoning-delta'; readonly text: string }
  | {
      readonly type: 'tool-call-delta';
      /** Position of the tool call in the answer, from 0. */
      readonly index: number;
      /** On the first delta of a call. */
      readonly id?: string;
      /** On the first delta of a call. */
      readonly name?: string;
      readonly argumentsDelta: string;
    }
  | { readonly type: 'finish'; readonly reason: FinishReason; readonly usage: TokenUsage };

/** What every call has in common that reads texts and writes none. */
interface ReadingCall {
  /** Who goes first where a driver has a queue. @default 'interactive' */
  readonly priority?: 'interactive' | 'batch';
  readonly traceHeaders?: Readonly<Record<string, string>>;
}

export interface EmbedCall extends ReadingCall {
  /** At least one text. */
  readonly texts: readonly string[];
}

export interface EmbedResult {
  /** One vector a text, in order, all of `dimensions` numbers. */
  readonly vectors: readonly (readonly number[])[];
  readonly dimensions: number;
  /** Per text: whether it was longer than the model's context and lost its end. */
  readonly truncated: readonly boolean[];
  readonly usage: TokenUsage;
}

export interface ClassifyCall extends ReadingCall {
  /** At least one text. */
  readonly texts: readonly string[];
}

export interface LabelScore {
  readonly label: string;
  /** 0 to 1. The scores of one text sum to 1 where one label excludes the others. */
  readonly score: number;
}

export interface ClassifyResult {
  /** One list a text, in order: every label of the model, the most likely first. */
  readonly scores: readonly (readonly LabelScore[])[];
  /** Per text: whether it was longer than the model's context and lost its end. */
  readonly truncated: readonly boolean[];
  readonly usage: TokenUsage;
}

export interface RerankCall extends ReadingCall {
  readonly query: string;
  /** At least one text. */
  readonly documents: readonly string[];
}

export interface RerankResult {
  /** One number a document, in order: the higher, the better it answers the query. Comparable within one result only. */
  readonly scores: readonly number[];
  /** Per document: whether query and document together were longer than the model's context. */
  readonly truncated: readonly boolean[];
  readonly usage: TokenUsage;
}

export const capabilities = [
  'text',
  'images',
  'tools',
  'json',
  'json-schema',
  'embeddings',
  'classification',
  'reranking',
  'log-probabilities',
] as const;
export type Capability = (typeof capabilities)[number];

/** What the model behind an adapter can do. Of local models it may change with the first load. */
export interface ModelTraits {
  readonly capabilities: readonly Capability[];
  /** Prompt and answer together, in tokens. */
  readonly contextTokens: number | undefined;
  /** Parameters the model obeys; a request that sets another one is not sent to it. */
  readonly samplingParameters: readonly SamplingParameter[];
}

export interface ModelAdapter {
  /** The driver's name in the table of `adapters/index.ts`. */
  readonly kind: string;
  traits(): ModelTraits;
  generate?(call: ModelCall, signal: AbortSignal): AsyncIterable<StreamPart>;
  embed?(call: EmbedCall, signal: AbortSignal): Promise<EmbedResult>;
  classify?(call: ClassifyCall, signal: AbortSignal): Promise<ClassifyResult>;
  rerank?(call: RerankCall, signal: AbortSignal): Promise<RerankResult>;
  /** Present where the model is loaded by this gateway. */
  readonly loading?: ModelLoading;
  /** Frees processes and sockets; calls under way end with `aborted`. Safe to call twice. */
  close(): Promise<void>;
}

/** What every driver gets from the composition root. */
export interface AdapterContext {
  /** Name of the deployment, for messages. */
  readonly deployment: string;
  /** Folder for model files; drivers may create folders of their own below it. */
  readonly modelsDirectory: string;
  /** Where model files come from over the network. @default the Hugging Face hub, without a token */
  readonly hub?: {
    readonly endpoint: string;
    /** Sent to the endpoint's host only. */
    readonly token: string | undefined;
  };
  /** What the models of this machine share. @default all of the machine for this adapter alone */
  readonly local?: LocalResources;
  readonly clock: AdapterClock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: AdapterLog;
}

/** Time, passed in so that tests can turn it. */
export interface AdapterClock {
  /** Wall clock, milliseconds since the epoch; may jump. */
  wallMs(): number;
  /** Monotonic, milliseconds from a fixed point; for durations. */
  monotonicMs(): number;
  /** Calls back once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The part of a structured logger that drivers use. */
export interface AdapterLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
