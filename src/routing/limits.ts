import { takesCalls } from '../domain/deployment.ts';
import { formatUsd } from '../domain/money.ts';
import type { CostRange, LatencyEstimate, RejectionCode } from '../domain/plan.ts';
import type { DeploymentSignal } from './signals.ts';
import type { Wish } from './wish.ts';

export interface Considered {
  readonly signal: DeploymentSignal;
  /** With the policy's limits in its constraints. */
  readonly wish: Wish;
  readonly cost: CostRange;
  readonly latency: LatencyEstimate;
  readonly nowMs: number;
}

export interface Refusal {
  readonly code: RejectionCode;
  readonly reason: string;
}

/** The first reason why a deployment cannot serve a request, or `undefined`. What can never work is told before what may work later. */
export function refusal(considered: Considered): Refusal | undefined {
  return unfit(considered) ?? overLimit(considered) ?? notLoaded(considered) ?? unavailable(considered);
}

/** What the model is. */
function unfit({ signal, wish }: Considered): Refusal | undefined {
  const { deployment, traits } = signal;
  if (wish.constraints.localOnly === true && !deployment.local) {
    return { code: 'NOT_LOCAL', reason: 'runs outside this machine, and localOnly is set' };
  }
  const wanted = new Set([...wish.capabilities, ...(wish.constraints.capabilities ?? [])]);
  const missing = [...wanted].filter((capability) => !traits.capabilities.includes(capability));
  if (missing.length > 0) {
    return { code: 'CAPABILITY_MISSING', reason: `lacks ${missing.join(', ')}` };
  }
  const unknown = wish.parameters.filter((name) => !traits.samplingParameters.includes(name));
  if (unknown.length > 0) {
    return { code: 'PARAMETER_UNSUPPORTED', reason: `does not obey sampling.${unknown.join(', sampling.')}` };
  }
  if (traits.contextTokens !== undefined && wish.contextTokens > traits.contextTokens) {
    return {
      code: 'CONTEXT_TOO_SHORT',
      reason: `holds ${traits.contextTokens} tokens, the prompt has at least ${wish.contextTokens}`,
    };
  }
  return undefined;
}

/** What the caller allows. */
function overLimit({ wish, cost, latency }: Considered): Refusal | undefined {
  const { maxCostNanoUsd, maxFirstTokenMs, maxLatencyMs } = wish.constraints;
  if (maxCostNanoUsd !== undefined && cost.maxNanoUsd > maxCostNanoUsd) {
    return {
      code: 'OVER_MAX_COST',
      reason: `may cost $${formatUsd(cost.maxNanoUsd)}, the limit is $${formatUsd(maxCostNanoUsd)}; a smaller sampling.maxOutputTokens lowers it`,
    };
  }
  if (maxFirstTokenMs !== undefined && latency.firstTokenMs > maxFirstTokenMs) {
    return {
      code: 'OVER_MAX_FIRST_TOKEN',
      reason: `first token expected after ${latency.firstTokenMs} ms, the limit is ${maxFirstTokenMs} ms`,
    };
  }
  if (maxLatencyMs !== undefined && latency.totalMs > maxLatencyMs) {
    return {
      code: 'OVER_MAX_LATENCY',
      reason: `answer expected after ${latency.totalMs} ms, the limit is ${maxLatencyMs} ms`,
    };
  }
  return undefined;
}

/** Where a local model is on its way. */
function notLoaded({ signal: { load }, nowMs }: Considered): Refusal | undefined {
  if (takesCalls(load)) return undefined;
  switch (load?.step) {
    case undefined:
    case 'ready':
      return undefined;
    case 'failed':
      return {
        code: 'LOAD_FAILED',
        reason: `is down: ${clause(load.problem)}${retryIn(load.retryAtMs, nowMs)}`,
      };
    case 'idle':
      return { code: 'NOT_READY', reason: 'has not begun to load' };
    case 'unloaded':
      return { code: 'NOT_READY', reason: 'was unloaded by an operator (loadModel brings it back)' };
    case 'downloading':
    case 'converting':
    case 'loading':
      return { code: 'NOT_READY', reason: `is ${load.step} (${load.what}${percent(load)})` };
  }
}

/** A sentence as a part of another one. */
function clause(sentence: string): string {
  return sentence.replace(/\.$/, '');
}

function percent(load: {
  readonly bytesDone: number | undefined;
  readonly bytesTotal: number | undefined;
}): string {
  if (load.bytesDone === undefined || load.bytesTotal === undefined || load.bytesTotal === 0) return '';
  return `, ${Math.floor((load.bytesDone * 100) / load.bytesTotal)} %`;
}

/** What the last calls taught. */
function unavailable({ signal: { availability }, nowMs }: Considered): Refusal | undefined {
  switch (availability.type) {
    case 'open-for-calls':
      return undefined;
    case 'breaker-open':
      return { code: 'BREAKER_OPEN', reason: `failed too often${retryIn(availability.retryAtMs, nowMs)}` };
    case 'held-open':
      return {
        code: 'BREAKER_OPEN',
        reason: `is held open by an operator${retryIn(availability.untilMs, nowMs)}`,
      };
    case 'credential-refused':
      return {
        code: 'CREDENTIAL_REFUSED',
        reason: 'has refused the credential of the gateway and waits for an operator (resetBreaker)',
      };
    case 'cooling-down':
      return {
        code: 'COOLING_DOWN',
        reason: `asked for a pause${retryIn(availability.untilMs, nowMs)}`,
      };
  }
}

function retryIn(atMs: number | undefined, nowMs: number): string {
  return atMs === undefined ? '' : `; next try in ${Math.max(0, Math.ceil((atMs - nowMs) / 1000))} s`;
}
