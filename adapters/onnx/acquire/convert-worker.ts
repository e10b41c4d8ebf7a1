import { parentPort, workerData } from 'node:worker_threads';
import { importEncoder, importGguf } from '../import/index.ts';

/** What the thread is to do. */
export interface ConvertOrder {
  /** A GGUF file, or the safetensors of an encoder with its other files beside it. */
  readonly file: string;
  /** The model folder to make. */
  readonly directory: string;
  readonly name: string;
  /** For the manifest. */
  readonly source: string;
}

/** Progress in bytes of the model written; the end of the thread is the end of the work. */
export interface ConvertMessage {
  readonly done: number;
  readonly total: number;
}

// workerData is what `convertModel` of this folder put there: its one caller, so the type is known.
const order = workerData as ConvertOrder;

const importModel = order.file.endsWith('.safetensors') ? importEncoder : importGguf;

await importModel({
  ...order,
  onProgress: ({ bytesDone, bytesTotal }) => report({ done: bytesDone, total: bytesTotal }),
});

function report(message: ConvertMessage): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origins
  parentPort?.postMessage(message);
}
