import type { Hold } from '../src/resilience/breaker-status.ts';
import type { GateStatus } from '../src/resilience/gate.ts';
import type { CallFailure } from '../src/resilience/recent-failures.ts';
import { builder } from './builder.ts';
import { ProblemCodeRef } from './problem-interface.ts';

export const BreakerStateRef = builder.enumType('BreakerState', {
  values: {
    CLOSED: { value: 'closed', description: 'Calls pass; for a while after a recovery, see rampShare.' },
    OPEN: { value: 'open', description: 'Calls are refused until retryAt.' },
    HALF_OPEN: { value: 'half-open', description: 'A few calls pass, to see whether it works again.' },
  } as const,
});

const CallFailureRef = builder.objectRef<CallFailure>('CallFailure').implement({
  description: 'One call that counted against a deployment.',
  fields: (t) => ({
    at: t.field({
      type: 'DateTime',
      description: 'When it ended.',
      resolve: ({ atMs }) => new Date(atMs),
    }),
    code: t.expose('code', { type: ProblemCodeRef }),
    midStream: t.exposeBoolean('midStream', {
      description: 'Whether the answer broke off after it had begun.',
    }),
  }),
});

const BreakerHoldRef = builder.objectRef<Hold>('BreakerHold').implement({
  description: 'An operator keeps the breaker open, until resetBreaker or retryAt.',
  fields: (t) => ({
    reason: t.exposeString('reason', { nullable: true, description: 'The operator’s own words.' }),
  }),
});

export const BreakerRef = builder.objectRef<GateStatus>('Breaker').implement({
  description: 'Keeps calls away from a deployment that fails too often or is too slow.',
  fields: (t) => ({
    state: t.field({ type: BreakerStateRef, resolve: ({ breaker }) => breaker.state }),
    openedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Null while closed.',
      resolve: ({ breaker }) => dateOrNull(breaker.openedAtMs),
    }),
    retryAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the first probe may go; null unless open, and where it is held open without end.',
      resolve: ({ breaker }) => dateOrNull(breaker.retryAtMs),
    }),
    failureRate: t.float({
      nullable: true,
      description:
        'Share of failed calls in the window, 0 to 1, while open the one at its opening; null without calls.',
      resolve: ({ breaker }) => breaker.failureRate,
    }),
    slowRate: t.float({
      nullable: true,
      description: 'The same of calls whose first token came late.',
      resolve: ({ breaker }) => breaker.slowRate,
    }),
    lastFailures: t.field({
      type: [CallFailureRef],
      description: 'At most five, the newest first.',
      resolve: ({ breaker }) => breaker.lastFailures,
    }),
    held: t.field({
      type: BreakerHoldRef,
      nullable: true,
      description: 'Set while an operator keeps it open.',
      resolve: ({ breaker }) => breaker.held,
    }),
    rampShare: t.float({
      nullable: true,
      description: 'Share of the calls that pass after a recovery, 0 to 1; null where all do.',
      resolve: ({ breaker }) => breaker.rampShare,
    }),
    credentialRefused: t.exposeBoolean('credentialRefused', {
      description: 'The provider has refused the gateway’s credential: no calls until resetBreaker.',
    }),
    cooldownUntil: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Set while the provider has asked for a pause, which is no sign of bad health.',
      resolve: ({ cooldownUntilMs }) => dateOrNull(cooldownUntilMs),
    }),
  }),
});

function dateOrNull(atMs: number | undefined): Date | null {
  return atMs === undefined ? null : new Date(atMs);
}
