import type {
  AdapterContext,
  ClassifyCall,
  EmbedCall,
  ModelAdapter,
  ModelCall,
  RerankCall,
} from '../../adapters/contract.ts';
import type { AdapterErrorKind } from '../../adapters/errors.ts';

/**
 * Calls that make the driver's model behave in a known way. A driver leaves out what its model cannot do on demand,
 * and opts out of the cases that need it.
 */
export interface Scenarios {
  /** Answers with at least two parts of text and then ends. */
  readonly answer?: ModelCall;
  /** Answers without saying what it used. */
  readonly answerWithoutUsage?: ModelCall;
  /** Keeps silent until the call is aborted, or for long enough to abort it first. */
  readonly silence?: ModelCall;
  /** Says at least one part of text, then keeps silent (or goes on) until the call is aborted. */
  readonly stall?: ModelCall;
  /** Produces text as fast as it is taken, without end (or nearly). */
  readonly flood?: ModelCall;
  /** Answers with this text, whose characters take several bytes or tokens each. */
  readonly unicode?: { readonly call: ModelCall; readonly text: string };
  /** Two calls whose answers are always the same for one call, and differ from one call to the other. */
  readonly apart?: readonly [ModelCall, ModelCall];
  /** Every kind of failure that the driver can be made to show. */
  readonly failures?: Partial<Record<AdapterErrorKind, ModelCall>>;
  /** Embeds at least three texts, the first and the last of them equal, another one different. */
  readonly embed?: EmbedCall;
  /** Keeps silent until the call is aborted. */
  readonly embedSilence?: EmbedCall;
  readonly embedFailures?: Partial<Record<AdapterErrorKind, EmbedCall>>;
  readonly classify?: ClassifyCall;
  /** Keeps silent until the call is aborted, or for long enough to abort it first. */
  readonly classifySilence?: ClassifyCall;
  /** With the place of the document that answers the query best. */
  readonly rerank?: { readonly call: RerankCall; readonly best: number };
  readonly rerankSilence?: RerankCall;
}

/** One adapter, ready to serve, with what the suite must see of the world behind it. */
export interface Fixture {
  readonly adapter: ModelAdapter;
  /** Resolves as soon as the model works on no call. */
  idle?(): Promise<void>;
  /**
   * Resolves once the producer of `flood` is held back, with the number of parts (or bytes) it has produced;
   * rejects when it passes `limit` instead.
   */
  heldBack?(limit: number): Promise<number>;
  /** Most parts (or bytes) that `flood` may produce for a consumer that took one part. */
  readonly bufferLimit?: number;
  /** Resolves as soon as the adapter holds no socket, process or timer. Awaited after `close()`. */
  released?(): Promise<void>;
  /** Closes the adapter (it may be closed already) and what stands behind it. */
  dispose(): Promise<void>;
}

/** What a case gets. */
export interface Subject {
  readonly fixture: Fixture;
  readonly scenarios: Scenarios;
  /** A further fixture of the same driver, for cases that close it; the suite disposes of it. */
  another(): Promise<Fixture>;
}

const ignore = (): void => undefined;

/** A context with the machine's clock and a log that says nothing. */
export function conformanceContext(overrides: Partial<AdapterContext> = {}): AdapterContext {
  return {
    deployment: 'conformance',
    modelsDirectory: 'data/models',
    clock: {
      wallMs: () => Date.now(),
      monotonicMs: () => performance.now(),
      after(delayMs, callback) {
        const timer = setTimeout(callback, delayMs);
        return () => clearTimeout(timer);
      },
    },
    random: () => 0.5,
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    ...overrides,
  };
}
