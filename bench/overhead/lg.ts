import type { z } from 'zod';
import { flags } from './flags.ts';
import {
  cancelResult,
  faultsOf,
  holdResult,
  loadResult,
  type CancelResult,
  type HoldResult,
  type LgResult,
  type LoadResult,
} from './lg-result.ts';
import type { Processes } from './processes.ts';

/** What is asked for. */
export interface Shape {
  /** Tells the mock how to answer. */
  readonly model: string;
  readonly stream: boolean;
  /** Further flags of lg: prompt, ramp. */
  readonly flags?: readonly string[];
}

export interface Load extends Shape {
  readonly seconds: number;
  /** Load before the window, in seconds. */
  readonly leadSeconds: number;
  /** Answers of a cache are what is measured, and no fault. @default false */
  readonly cached?: boolean;
}

/** The load generator, aimed at one server. It keeps every result, and every reason not to believe one. */
export interface Lg {
  readonly results: readonly LgResult[];
  readonly faults: readonly string[];
  load(load: Load): Promise<LoadResult>;
  cancel(shape: Shape): Promise<CancelResult>;
  hold(shape: Shape): Promise<HoldResult>;
  /** Says that a result is not what it seems. */
  fault(reason: string): void;
}

export interface LgAim {
  readonly program: string;
  readonly processes: Processes;
  readonly port: number;
  readonly pid: number | undefined;
  readonly mockPort: number;
  flags(stream: boolean): readonly string[];
}

export function createLg(aim: LgAim): Lg {
  const results: LgResult[] = [];
  const faults: string[] = [];
  const run = async <Schema extends z.ZodType<LgResult>>(
    schema: Schema,
    args: readonly string[],
  ): Promise<z.infer<Schema>> => {
    const output = await aim.processes.run({ file: aim.program, args, core: 'tools' });
    const result = schema.parse(JSON.parse(output));
    results.push(result);
    faults.push(...faultsOf(result));
    return result;
  };
  const common = ({ model, stream, flags: further = [] }: Shape): readonly string[] => [
    ...flags({ '--port': aim.port, '--mock': aim.mockPort, '--model': model }),
    ...(aim.pid === undefined ? [] : flags({ '--pid': aim.pid })),
    ...(stream ? ['--stream'] : []),
    ...aim.flags(stream),
    ...further,
  ];
  return {
    results,
    faults,
    async load(load) {
      const window = flags({ '--seconds': load.seconds, '--warmup': load.leadSeconds });
      const result = await run(loadResult, ['load', ...common(load), ...window]);
      if (load.cached !== true && result.stale > 0) faults.push(`stale ${result.stale}: from a cache`);
      return result;
    },
    cancel: (shape) => run(cancelResult, ['cancel', ...common(shape)]),
    hold: (shape) => run(holdResult, ['hold', ...common(shape)]),
    fault(reason) {
      faults.push(reason);
    },
  };
}
