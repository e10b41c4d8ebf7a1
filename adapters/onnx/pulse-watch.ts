import type { AdapterClock } from '../contract.ts';
import { bytesText } from './memory-estimate.ts';
import { lookAtProcess, type ProcessLook } from './process-look.ts';

/** Sees that a process which has calls gives signs of life, and that it stays within its memory. */
export interface PulseWatch {
  /** Work without a sign of life may take so long, as the process itself has found. */
  expect(silenceMs: number): void;
  /** The longest that was found or seen, in milliseconds. */
  longestSilenceMs(): number;
  /** The process has calls from now on. Calling it again does nothing. */
  begin(): void;
  /** It has none any more: nothing is asked of it until the next. */
  rest(): void;
  /** The process has answered. */
  pulse(residentBytes: number): void;
  /** Ends the watch for good. */
  close(): void;
}

export interface PulseLimits {
  /** See `stallTimeoutMs` of the options. */
  readonly stallTimeoutMs: number;
  readonly maxResidentBytes: number;
}

export interface PulseWatchOptions {
  readonly clock: AdapterClock;
  readonly limits: PulseLimits;
  readonly pid: number | undefined;
  /** Asks the process for a pulse. */
  readonly ping: () => void;
  readonly kill: (reason: string) => void;
}

/** How often a working process is looked at. */
const tickMs = 250;

/** A run of the graph blocks the process, and the next one may be this much longer than any before: another prompt, more calls. */
const toleratedRatio = 8;

/** Never longer than this, however slow the process has been before. */
const longestLimitMs = 30_000;

/** A process without processor time is starved or swapped out, which may pass. */
const starvedPatience = 5;

export function createPulseWatch(options: PulseWatchOptions): PulseWatch {
  return new Watch(options);
}

class Watch implements PulseWatch {
  readonly #options: PulseWatchOptions;
  #cancelTick: (() => void) | undefined;
  #answered = true;
  #pingedAtMs = 0;
  #cpuAtPingMs = 0;
  /** Counted in looks and not in time: a gateway that was held up itself has read no pulses, and would blame the process. */
  #silentTicks = 0;
  #longestSilenceMs = 0;
  #closed = false;

  constructor(options: PulseWatchOptions) {
    this.#options = options;
  }

  expect(silenceMs: number): void {
    this.#longestSilenceMs = Math.max(this.#longestSilenceMs, silenceMs);
  }

  longestSilenceMs(): number {
    return this.#longestSilenceMs;
  }

  begin(): void {
    if (this.#cancelTick !== undefined || this.#closed) return;
    this.#answered = true;
    this.#tick();
  }

  rest(): void {
    this.#stop();
    // What the last call has left in memory is worth knowing.
    if (this.#answered && !this.#closed) this.#ask();
  }

  pulse(residentBytes: number): void {
    const { clock, limits } = this.#options;
    if (!this.#answered) {
      this.#longestSilenceMs = Math.max(this.#longestSilenceMs, clock.monotonicMs() - this.#pingedAtMs);
    }
    this.#answered = true;
    if (residentBytes <= limits.maxResidentBytes) return;
    const [held, most] = [residentBytes, limits.maxResidentBytes].map(bytesText);
    this.#kill(`it held ${held} of memory, and ${most} is the most that it may (maxResidentBytes)`);
  }

  close(): void {
    this.#closed = true;
    this.#stop();
  }

  #stop(): void {
    this.#cancelTick?.();
    this.#cancelTick = undefined;
  }

  #kill(reason: string): void {
    this.close();
    this.#options.kill(reason);
  }

  #ask(): void {
    this.#answered = false;
    this.#silentTicks = 0;
    this.#pingedAtMs = this.#options.clock.monotonicMs();
    this.#cpuAtPingMs = this.#look()?.cpuMs ?? 0;
    this.#options.ping();
  }

  #look(): ProcessLook | undefined {
    const { pid } = this.#options;
    return pid === undefined ? undefined : lookAtProcess(pid);
  }

  #tick(): void {
    this.#cancelTick = this.#options.clock.after(tickMs, () => this.#tick());
    if (this.#answered) {
      this.#ask();
      return;
    }
    this.#silentTicks += 1;
    const silentMs = this.#silentTicks * tickMs;
    const reason = this.#judge(silentMs);
    if (reason !== undefined) this.#kill(`${reason} for ${silentMs} ms`);
  }

  #judge(silentMs: number): string | undefined {
    const now = this.#look();
    if (now?.stopped === true) return 'it was stopped';
    const tolerated = Math.min(longestLimitMs, toleratedRatio * this.#longestSilenceMs);
    const limitMs = Math.max(this.#options.limits.stallTimeoutMs, tolerated);
    if (silentMs < limitMs) return undefined;
    // By what it has computed since it was asked, so that other work on the machine neither excuses a loop nor makes one of a slow run.
    const busy = now === undefined || now.cpuMs - this.#cpuAtPingMs >= limitMs / 2;
    return busy || silentMs >= starvedPatience * limitMs ? 'it gave no sign of life' : undefined;
  }
}
