import { burst } from './burst.ts';
import { cacheHit } from './cache-hit.ts';
import { clientGone } from './client-gone.ts';
import { idleStreams } from './idle-streams.ts';
import { memory } from './memory.ts';
import { openLoop } from './open-loop.ts';
import { stream } from './stream.ts';
import { unary } from './unary.ts';
import type { Workload } from './workload.ts';

/** In the order in which they are measured. */
export const workloads: readonly Workload[] = [
  unary,
  openLoop,
  cacheHit,
  stream,
  burst,
  idleStreams,
  clientGone,
  memory,
];
