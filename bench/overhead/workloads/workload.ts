import type { Lg, Load, Shape } from '../lg.ts';
import type { ServerName } from '../servers/server.ts';

export const workloadNames = [
  'unary',
  'open-loop',
  'cache-hit',
  'stream',
  'burst',
  'idle-streams',
  'client-gone',
  'memory',
] as const;
export type WorkloadName = (typeof workloadNames)[number];

export interface Figure {
  /** Unique among the figures of its workload. */
  readonly key: string;
  readonly label: string;
  readonly unit: 'us' | 'ms' | '/s' | 'KB' | 'x' | '';
  /** What the same round measured without any server is subtracted. */
  readonly overDirect?: true;
}

export interface Workload {
  readonly name: WorkloadName;
  readonly title: string;
  readonly servers: readonly ServerName[];
  /** Every model it asks for. */
  readonly models: readonly string[];
  /** What a process has to have done for a while before it is measured. Left out, every measurement gets a fresh process. */
  readonly warmUp?: Shape & Pick<Load, 'cached'>;
  /** Where one round says enough. */
  readonly mostRounds?: number;
  readonly figures: readonly Figure[];
  /** @returns a value for each figure; a figure that could not be measured is left out */
  measure(lg: Lg, scale: Scale): Promise<Readonly<Record<string, number | undefined>>>;
}

export interface Scale {
  /** Length of a measured window. */
  readonly windowSeconds: number;
  /** Only whether it runs is of interest. */
  readonly check: boolean;
  /** The measured server caches answers. */
  readonly caches: boolean;
}
