import type { Priority } from '../domain/request.ts';
import type { ExecutionEnvironment } from '../resilience/execution.ts';
import { shedForLag } from '../resilience/load-shedder.ts';
import { RequestProblem } from './problems.ts';

/**
 * Turns new work away while the gateway itself is late with what it has: batch first.
 * @throws RequestProblem
 */
export function admit(priority: Priority, { lagMs, random }: ExecutionEnvironment): void {
  const retryAfterMs = shedForLag({ lagMs: lagMs(), priority, random });
  if (retryAfterMs === undefined) return;
  throw new RequestProblem({
    code: 'OVERLOADED',
    message: `The gateway has too much to do. Try again in ${retryAfterMs} ms.`,
    retryAfterMs,
  });
}
