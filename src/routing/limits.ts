import type { SamplingParameter } from '../../adapters/contract.ts';
import { formatUsd } from '../domain/money.ts';
import type { CostRange, LatencyEstimate, RejectionCode } from '../domain/plan.ts';
import type { Constraints, GenerationRequest } from '../domain/request.ts';
import type { TokenEstimate } from './estimate.ts';
import { requiredCapabilities } from './requirements.ts';
import type { DeploymentSignal } from './signals.ts';

export interface Considered {
  readonly signal: DeploymentSignal;
  readonly request: GenerationRequest;
  /** The request's limits and the policy's together. */
  readonly constraints: Constraints;
  readonly input: TokenEstimate;
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
function unfit({ signal, request, constraints, input }: Considered): Refusal | undefined {
  const { deployment, traits } = signal;
  if (constraints.localOnly === true && !deployment.local) {
    return { code: 'NOT_LOCAL', reason: 'runs outside this machine, and localOnly is set' };
  }
  const missing = requiredCapabilities(request, constraints).filter(
    (capability) => !traits.capabilities.includes(capability),
  );
  if (missing.length > 0) {
    return { code: 'CAPABILITY_MISSING', reason: `lacks ${missing.join(', ')}` };
  }
  const unknown = setParameters(request).filter((name) => !traits.samplingParameters.includes(name));
  if (unknown.length > 0) {
    return { code: 'PARAMETER_UNSUPPORTED', reason: `does not obey sampling.${unknown.join(', sampling.')}` };
  }
  if (traits.contextTokens !== undefined && input.min > traits.contextTokens) {
    return {
      code: 'CONTEXT_TOO_SHORT',
      reason: `holds ${traits.contextTokens} tokens, the prompt has at least ${input.min}`,
    };
  }
  return undefined;
}

/** What the caller allows. */
function overLimit({ constraints, cost, latency }: Considered): Refusal | undefined {
  const { maxCostNanoUsd, maxFirstTokenMs, maxLatencyMs } = constraints;
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
function notLoaded({ signal: { load } }: Considered): Refusal | undefined {
  switch (load?.step) {
    case undefined:
    case 'ready':
      return undefined;
    case 'failed':
      return { code: 'LOAD_FAILED', reason: load.problem };
    case 'idle':
      return { code: 'NOT_READY', reason: 'has not begun to load' };
    case 'downloading':
    case 'converting':
    case 'loading':
      return { code: 'NOT_READY', reason: `is ${load.step} (${load.what}${percent(load)})` };
  }
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

/** Every model obeys a limit on its output, if only by being cut off. */
function setParameters({ sampling }: GenerationRequest): readonly SamplingParameter[] {
  const names: readonly SamplingParameter[] = [
    'temperature',
    'topP',
    'topK',
    'seed',
    'stop',
    'repetitionPenalty',
    'presencePenalty',
    'frequencyPenalty',
  ];
  return names.filter((name) => sampling[name] !== undefined);
}
