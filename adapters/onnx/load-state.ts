import type { LoadState } from '../contract.ts';

export interface LoadStateCell {
  readonly state: () => LoadState;
  readonly set: (state: LoadState) => void;
  /** Returns the function that takes the listener away again. */
  readonly onChange: (listener: (state: LoadState) => void) => () => void;
}

export function createLoadStateCell(): LoadStateCell {
  const listeners = new Set<{ readonly call: (state: LoadState) => void }>();
  let current: LoadState = { step: 'idle' };
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
