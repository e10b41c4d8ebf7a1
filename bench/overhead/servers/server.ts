import type { Processes } from '../processes.ts';

/** In the order in which they take turns. `direct` is no server: the load generator then asks the mock itself. */
export const serverNames = ['direct', 'bare', 'switchyard', 'portkey', 'smg', 'litellm'] as const;
export type ServerName = (typeof serverNames)[number];

/** What a server needs in order to start. */
export interface Surroundings {
  readonly processes: Processes;
  readonly mockPort: number;
  readonly sinkPort: number;
  /** Names of models that the mock is asked for. */
  readonly models: readonly string[];
  /** A folder that is removed after the run. */
  readonly scratch: string;
}

export interface RunningServer {
  readonly port: number;
  /** Undefined for `direct`. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

export interface LgRun {
  readonly stream: boolean;
  /** Another one for every run of lg, which numbers the prompts of each run from 0: without it a cache would know the second run's. */
  readonly number: number;
}

export interface Server {
  readonly name: ServerName;
  /** Code that is compiled while it runs needs the long warm-up. */
  readonly slowToWarm: boolean;
  /** What lg has to know to speak to it, beside the port. */
  lgFlags(run: LgRun): readonly string[];
  /** Makes ready what can be installed. @returns why the server cannot take part, or undefined */
  missing(install: Install): Promise<string | undefined>;
  start(surroundings: Surroundings): Promise<RunningServer>;
}

export interface Install {
  readonly processes: Processes;
  /** Whether Python packages may be installed. */
  readonly python: boolean;
}
