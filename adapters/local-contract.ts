/** What a model of this machine has beyond `contract.ts`: it is brought up and down, and shares memory and cores with others. */

/** Where a local model is on its way to serving. Bytes are of the current step; unknown is `undefined`. */
export type LoadState =
  | { readonly step: 'idle' }
  | {
      readonly step: 'unloaded';
      /**
       * `operator`: told to, and it stays so until `start`. Else the next call brings the model up, and waits for it:
       * `memory`: another model needed its memory; `unused`: nobody called it for a while; `on-demand`: nobody has called it yet.
       */
      readonly why: 'operator' | 'memory' | 'unused' | 'on-demand';
    }
  | {
      readonly step: 'downloading' | 'converting' | 'loading';
      /** What is being worked on, for people: a file name or a source. */
      readonly what: string;
      readonly bytesDone: number | undefined;
      readonly bytesTotal: number | undefined;
      /** Calls are taken already, and wait for the model. @default false */
      readonly callsWait?: boolean;
    }
  | { readonly step: 'ready' }
  | {
      readonly step: 'failed';
      /** What went wrong and what to do, in words that may be shown to clients. */
      readonly problem: string;
      /** When the next try starts, as a wall-clock time in milliseconds. */
      readonly retryAtMs: number | undefined;
    };

/** A model that must be brought up before it can serve. */
export interface ModelLoading {
  /** The state now. */
  state(): LoadState;
  /** Calls the listener at every change; returns the function that stops it. */
  onChange(listener: (state: LoadState) => void): () => void;
  /** Starts loading in the background, also after `unload`; calling it again does nothing. */
  start(): void;
  /** Takes the model down once its calls have ended; it stays down until `start`. Safe to call twice. */
  unload(): Promise<void>;
  /**
   * Reads the model's files again and, where they are another version, changes over to it without failing a call: the old process
   * ends once the new one answers and its own calls have ended. A version that cannot be loaded leaves the old one serving. Where
   * there is no memory for both, calls under way end first, and new ones wait for the new version; there is no old one to keep then.
   */
  reload(): Promise<ReloadResult>;
  /** The processes and the memory of the model as they are now. */
  status(): LocalModelStatus;
}

export type ReloadResult =
  | { readonly outcome: 'replaced' }
  /** The files are those that serve already. */
  | { readonly outcome: 'unchanged' }
  /** The problem is in words that may be shown to clients. */
  | { readonly outcome: 'failed'; readonly problem: string };

/** A model of this machine, as it runs now. Unknown is `undefined`. */
export interface LocalModelStatus {
  /** Version of the files that serve. */
  readonly version: string | undefined;
  /** Where they came from, such as `hf:owner/name@revision`. */
  readonly source: string | undefined;
  /** Whether one run of its graph serves all calls under way. Not where that would change their answers. */
  readonly batched: boolean | undefined;
  /** What the model may take by the arithmetic that admitted it: weights, cache and working memory. */
  readonly reservedBytes: number | undefined;
  readonly processes: readonly LocalProcessStatus[];
  /** Why the last `reload` did not take, in words that may be shown to clients; gone once one did. */
  readonly reloadProblem: string | undefined;
  readonly counts: LocalModelCounts;
  readonly work: LocalModelWork;
  /** Its processes have crashed so often within a minute that the next one waits the longest time; over once it was up for a minute. */
  readonly crashLoop: boolean;
}

/** What happened to a model since its gateway started. */
export interface LocalModelCounts {
  /** Processes brought up to where they answer. */
  readonly loads: number;
  /** From the start of the last of them until it answered, in milliseconds. */
  readonly lastLoadMs: number | undefined;
  /** Processes that ended although nobody asked them to, those ended by the watch over them included. */
  readonly crashes: number;
  /** Changes to another version of the files. */
  readonly swaps: number;
  /** Times the model was taken out of memory: by an operator, for another model, or because nobody called it. */
  readonly unloads: Readonly<Record<'operator' | 'memory' | 'unused', number>>;
}

/**
 * What the processes of a model have done since their gateway started. They tell it four times a second while they work, so of a
 * process that crashed the last quarter of a second is missing.
 */
export interface LocalModelWork {
  /** Tokens of prompts, or of an encoder's texts, that were computed. */
  readonly inputTokens: number;
  /** Tokens of prompts whose keys and values were there from an earlier prompt. */
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  /** Runs of the graph over a piece of a prompt, and the time in them. */
  readonly reads: number;
  readonly readMs: number;
  /** Runs that made the next token of every answer under way, and the time in them. */
  readonly steps: number;
  readonly stepMs: number;
}

export interface LocalProcessStatus {
  readonly pid: number;
  /** Physical memory that the process holds. */
  readonly residentBytes: number | undefined;
  /** Keys and values in it: of answers under way and of earlier prompts. */
  readonly cacheBytes: number | undefined;
  /** Answers that can be worked on at once, and how many are. */
  readonly slots: number;
  readonly busySlots: number;
  /** Calls that wait for a slot. */
  readonly queued: number;
}

/** Memory and cores of this machine, shared by all models that run on it. */
export interface LocalResources {
  /** Most memory that models may have reserved together. */
  readonly memoryBytes: number;
  reservedBytes(): number;
  /** Makes a model known. All are made known before one is loaded, for cores are shared among the known ones. */
  join(model: LocalResident): LocalShare;
}

/** A model, as those see it who share the machine with it. */
export interface LocalResident {
  /** Processes it runs in. */
  readonly processes: number;
  /** Threads of each process, where its operator has set them. */
  readonly threads: number | undefined;
  /** When it last worked on a call, on the monotonic clock: of idle models the one that did so longest ago leaves first. */
  lastUsedMs(): number;
  /** Whether it is in memory and works on no call, so that it can leave at once. */
  idle(): boolean;
  /** Asks an idle model to give its memory back. */
  leave(): void;
}

/** One model's part of the machine. */
export interface LocalShare {
  /** Threads of each process. */
  threads(): number;
  /** Whether so much can be had without waiting for a call to end: it is free, or idle models can leave. */
  fits(bytes: number): boolean;
  /**
   * Resolves as soon as so much is free, first come, first served; idle models are asked to leave for it. Rejects with the signal's
   * reason. To ask for more than the whole budget is a bug.
   */
  reserve(bytes: number, signal: AbortSignal): Promise<MemoryLease>;
  /** Told whenever `idle()` has become true. */
  becameIdle(): void;
  /** Makes the model unknown. */
  close(): void;
}

export interface MemoryLease {
  readonly bytes: number;
  /** Safe to call twice. */
  release(): void;
}
