import type { LoadState, ModelLoading } from '../../adapters/local-contract.ts';
import type { LiveDeployment } from '../gateway/fleet.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { createProgressBar } from '../platform/progress-bar.ts';

export interface LoadingOptions {
  readonly clock: Clock;
  readonly log: Log;
}

/** Brings the local models up in the background, and shows how far they are. The returned function stops showing. */
export function startLoading(members: readonly LiveDeployment[], options: LoadingOptions): () => void {
  const stops = members.flatMap(({ deployment, adapter }) =>
    adapter.loading === undefined ? [] : [show(deployment.name, adapter.loading, options)],
  );
  // One that is to be loaded on demand begins as unloaded, and waits for its first call.
  for (const { adapter } of members) if (adapter.loading?.state().step === 'idle') adapter.loading.start();
  return () => stops.forEach((stop) => stop());
}

function show(name: string, loading: ModelLoading, { clock, log }: LoadingOptions): () => void {
  if (!process.stderr.isTTY) return loading.onChange(stepLogger(name, log));
  const bar = createProgressBar(process.stderr, { label: name, clock });
  const stop = loading.onChange((state) => bar.update(state));
  return () => {
    stop();
    bar.end();
  };
}

/** A line for each new step: a log is no place for every megabyte. */
function stepLogger(deployment: string, log: Log): (state: LoadState) => void {
  let last = '';
  return (state) => {
    const what = 'what' in state ? state.what : undefined;
    const step = `${state.step} ${what ?? ''}`;
    if (step === last) return;
    last = step;
    switch (state.step) {
      case 'failed':
        return log.warn({ deployment, ...state }, 'A model could not be brought up.');
      case 'ready':
        return log.info({ deployment, step: state.step }, 'A model can answer.');
      case 'unloaded':
        return log.info({ deployment, ...state }, 'A model is not in memory any more.');
      case 'idle':
      case 'downloading':
      case 'converting':
      case 'loading':
        return log.info({ deployment, step: state.step, what }, 'A model is being brought up.');
    }
  };
}
