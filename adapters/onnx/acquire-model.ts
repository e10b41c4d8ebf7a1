import type { AdapterLog } from '../contract.ts';
import type { ModelSource } from './acquire/sources.ts';

/** How far the work is. Bytes are of the current step; unknown is `undefined`. */
export interface AcquireProgress {
  readonly step: 'downloading' | 'converting';
  /** What is being worked on, for people. */
  readonly what: string;
  readonly bytesDone: number | undefined;
  readonly bytesTotal: number | undefined;
}

export interface AcquireRequest {
  /** Name of the model and of its folder: lower case letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  /** Folder of all model folders; created where it is missing. */
  readonly modelsDirectory: string;
  /** Where to look when the folder is not there yet, best first. */
  readonly sources: readonly ModelSource[];
  readonly onProgress: (progress: AcquireProgress) => void;
  /** Stops everything, child processes included; what was downloaded so far stays for the next try. */
  readonly signal: AbortSignal;
  readonly log: AdapterLog;
  /** Base URL of the model hub or of a mirror. @default https://huggingface.co */
  readonly hubEndpoint?: string | undefined;
  /** Access token of the hub, for private models; sent to the endpoint only, never where it redirects to. */
  readonly hubToken?: string | undefined;
}

/**
 * Makes sure that `<modelsDirectory>/<name>/` is a whole model folder and returns its path.
 * Throws `ModelAcquireError` where no source has the model, and the signal's reason after an abort.
 */
export type AcquireModel = (request: AcquireRequest) => Promise<{ readonly directory: string }>;
