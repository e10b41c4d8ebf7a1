import type { Outcome } from '../domain/outcome.ts';
import type { Log } from '../platform/log.ts';
import type { Statistics } from '../routing/statistics.ts';
import type { TraceScope } from '../telemetry/telemetry.ts';

/** What reads a finished request beside its span: the router's statistics and the log. */
export function outcomeReaders(
  statistics: Statistics,
  log: Log,
): (outcome: Outcome, scope: TraceScope) => void {
  return (outcome, scope) => {
    for (const attempt of outcome.attempts) statistics.observe(attempt, outputTokens(outcome));
    const { level, message, fields } = logLine(outcome);
    log[level]({ ...fields, traceId: scope.traceId, spanId: scope.spanId }, message);
  };
}

/** Only the last attempt can have succeeded, so the answer's tokens are its tokens. */
function outputTokens({ result }: Outcome): number | undefined {
  return result.type === 'completed' ? result.generation.answer.usage.outputTokens : undefined;
}

interface LogLine {
  readonly level: 'info' | 'warn';
  readonly message: string;
  readonly fields: object;
}

function logLine({ id, attempts, timings, cache, result }: Outcome): LogLine {
  const failedAttempts = attempts
    .filter(({ outcome }) => outcome === 'failed')
    .map(({ deployment, problem }) => ({ deployment: deployment.name, code: problem?.code }));
  const common = { generationId: id, totalMs: Math.round(timings.totalMs), failedAttempts };
  if (result.type === 'completed') {
    const { deployment, cost, answer } = result.generation;
    return {
      level: failedAttempts.length > 0 ? 'warn' : 'info',
      message: 'A generation completed.',
      fields: {
        ...common,
        deployment: deployment.name,
        cacheHit: cache.hit,
        nanoUsd: cost.nanoUsd,
        usage: answer.usage,
      },
    };
  }
  const { code } = result.problem;
  return {
    // A caller who leaves or asks for the impossible is no trouble of ours.
    level: code === 'UPSTREAM_FAILED' || code === 'DEADLINE_EXCEEDED' ? 'warn' : 'info',
    message: 'A generation failed.',
    fields: { ...common, problem: code },
  };
}
