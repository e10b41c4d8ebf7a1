import type { LoadState } from '../local-contract.ts';
import { LoadFailure } from './load-failure.ts';
import type { ModelManifest } from './model-folder.ts';

/** The part of the states in which something is being worked on. */
export type LoadingState = Extract<LoadState, { readonly what: string }>;

export interface LoadStateCell {
  readonly state: () => LoadState;
  readonly set: (state: LoadState) => void;
  /** Returns the function that takes the listener away again. */
  readonly onChange: (listener: (state: LoadState) => void) => () => void;
}

export function createLoadStateCell(initial: LoadState): LoadStateCell {
  const listeners = new Set<{ readonly call: (state: LoadState) => void }>();
  let current = initial;
  return {
    state: () => current,
    set: (state) => {
      current = state;
      for (const listener of listeners) listener.call(state);
    },
    onChange: (call) => {
      // An object of its own, so that a function given twice is called twice and can be taken back once.
      const listener = { call };
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

/** Why a model in this state takes no calls. */
export function describeLoadState(state: LoadState): string {
  switch (state.step) {
    case 'idle':
      return 'it has not been started';
    case 'unloaded':
      if (state.why !== 'operator') return 'it is not in memory';
      return 'an operator has unloaded it; loadModel brings it back';
    case 'downloading':
    case 'converting':
    case 'loading':
      return `it is ${state.step} (${state.what})`;
    case 'ready':
      return 'it is ready';
    case 'failed':
      return state.problem;
  }
}

export function loadingState({ name, files }: Pick<ModelManifest, 'name' | 'files'>): LoadingState {
  const bytesTotal = files.length === 0 ? undefined : files.reduce((sum, file) => sum + file.bytes, 0);
  return { step: 'loading', what: name, bytesDone: undefined, bytesTotal };
}

export const crashProblem = "The model's process ended unexpectedly and is started again.";

/** What went wrong, in words that may be shown to clients. */
export function problemOf(failure: unknown): string {
  if (failure instanceof LoadFailure) return failure.message;
  return "The model could not be brought up; the gateway's log says why.";
}
