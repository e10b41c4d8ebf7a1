import { Worker } from 'node:worker_threads';
import type { ConvertMessage, ConvertOrder } from './convert-worker.ts';

export interface Conversion extends ConvertOrder {
  readonly signal: AbortSignal;
  readonly onBytes: (done: number, total: number) => void;
}

/**
 * Converts a file of weights into a model folder, in a thread of its own: it computes for seconds. After an abort the thread is gone, and
 * what it had written so far lies beside the folder.
 */
export async function convertModel({ signal, onBytes, ...order }: Conversion): Promise<void> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('./convert-worker.ts', import.meta.url), { workerData: order });
  const stop = Promise.withResolvers<never>();
  const abort = (): void => stop.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([finished(worker, onBytes), stop.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    await worker.terminate();
  }
}

function finished(worker: Worker, onBytes: Conversion['onBytes']): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on('message', ({ done, total }: ConvertMessage) => onBytes(done, total));
    worker.once('error', reject);
    worker.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`the conversion ended with code ${code}`));
    });
  });
}
