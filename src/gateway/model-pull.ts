import type { Problem, PullProblem } from '../domain/problem.ts';
import { createFeed, type Feed } from './feed.ts';

/** How far a pull is. Bytes are of the current step; unknown is `undefined`. */
export type PullProgress = { readonly step: 'resolving' } | PullWorking | PullEnd;

export interface PullWorking {
  readonly step: 'downloading' | 'converting';
  /** The file or source being worked on, for people. */
  readonly what: string;
  readonly bytesDone: number | undefined;
  readonly bytesTotal: number | undefined;
}

type PullEnd =
  | { readonly step: 'ready' }
  | {
      readonly step: 'failed';
      readonly problem: PullProblem | Extract<Problem, { readonly code: 'CANCELLED' | 'SERVER_SHUTDOWN' }>;
    };

/** A model that can be brought onto this machine. */
export interface PullableModel {
  /** Name of its folder, by which a deployment asks for it. */
  readonly name: string;
  /** Where it comes from, as it was asked for. */
  readonly source: string;
  /** Resolves once the model is there. Rejects with `PullFailure`, and with anything after an abort. */
  fetch(work: PullWork): Promise<void>;
}

export interface PullWork {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: PullWorking) => void;
}

/** Why a model could not be had and what helps, in words for clients. */
export class PullFailure extends Error {
  override readonly name = 'PullFailure';
}

/** One model on its way to this machine, or there, or given up. */
export interface ModelPull {
  readonly id: string;
  readonly model: string;
  readonly source: string;
  progress(): PullProgress;
  /** The progress now and from now on, to the end; a reader who falls behind by more than a hundred loses the oldest. */
  watch(signal: AbortSignal): AsyncIterableIterator<PullProgress>;
  /** Gives it up; what was downloaded stays for the next try. Does nothing after its end. */
  cancel(): void;
  /** Resolves at its end, however that is. */
  readonly ended: Promise<void>;
}

export interface ModelPullOptions {
  readonly id: string;
  readonly model: PullableModel;
  /** Aborts as soon as the gateway is told to stop, which gives the pull up. */
  readonly stopping: AbortSignal;
  /** Told of an error that is no `PullFailure`: clients are not. */
  readonly onBug: (error: unknown) => void;
}

const waitingEvents = 100;

/** Begins at once, in the background. */
export function startModelPull({ id, model, stopping, onBug }: ModelPullOptions): ModelPull {
  const cancelled = new AbortController();
  const feeds = new Set<Feed<PullProgress>>();
  let progress: PullProgress = { step: 'resolving' };

  function set(next: PullProgress): void {
    progress = next;
    for (const feed of feeds) feed.push(next);
  }

  async function run(): Promise<void> {
    try {
      await model.fetch({ signal: AbortSignal.any([cancelled.signal, stopping]), onProgress: set });
      set({ step: 'ready' });
    } catch (error) {
      set({ step: 'failed', problem: problemOf(error) });
    }
    for (const feed of feeds) feed.end();
  }

  function problemOf(error: unknown): Extract<PullEnd, { readonly step: 'failed' }>['problem'] {
    if (cancelled.signal.aborted)
      return { code: 'CANCELLED', message: 'The pull was cancelled; the next one goes on from here.' };
    if (stopping.aborted)
      return {
        code: 'SERVER_SHUTDOWN',
        message: 'The gateway is shutting down; the next pull goes on from here.',
      };
    if (error instanceof PullFailure) return { code: 'MODEL_PULL_FAILED', message: error.message };
    onBug(error);
    return {
      code: 'MODEL_PULL_FAILED',
      message: "The model could not be pulled; the gateway's log says why.",
    };
  }

  const ended = run();
  return {
    id,
    model: model.name,
    source: model.source,
    progress: () => progress,
    watch(signal) {
      const feed = createFeed<PullProgress>({ limit: waitingEvents, onEnd: () => feeds.delete(feed) });
      feed.push(progress);
      if (hasEnded(progress) || signal.aborted) feed.end();
      else feeds.add(feed);
      signal.addEventListener('abort', () => feed.end(), { once: true });
      return feed;
    },
    cancel: () => cancelled.abort(),
    ended,
  };
}

export function hasEnded({ step }: PullProgress): boolean {
  return step === 'ready' || step === 'failed';
}
