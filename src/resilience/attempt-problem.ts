import type { AdapterError, TimeoutPhase } from '../../adapters/errors.ts';
import type { AttemptProblem } from '../domain/attempt.ts';
import { verdicts } from './verdict.ts';

/** What clients are told of a failure: which kind it was, whose, and which deadline passed. The driver's own words stay inside, but for
 * those that it means for clients. */
export function attemptProblem(error: AdapterError, deployment: string): AttemptProblem {
  const { problem, message } = verdicts[error.kind];
  const { phase, limitMs, requestFault } = error;
  if (requestFault !== undefined)
    return { code: problem, message: `${message(deployment)} ${requestFault}.` };
  if (phase === undefined) return { code: problem, message: message(deployment) };
  const within = limitMs === undefined ? 'in time' : `within ${Math.round(limitMs)} ms`;
  return {
    code: problem,
    message: `${message(deployment)} ${missing[phase]} ${within}.`,
    deadline: phase,
  };
}

const missing: Readonly<Record<TimeoutPhase, string>> = {
  connect: 'No connection was opened',
  headers: 'No reply began',
  'first-token': 'No first token came',
  idle: 'No further token came',
  total: 'There was no whole answer',
};
