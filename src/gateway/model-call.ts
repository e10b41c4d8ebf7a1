import type { ModelCall } from '../../adapters/contract.ts';
import type { GenerationRequest } from '../domain/request.ts';

export interface CallForm {
  readonly whole: boolean;
  readonly tenant: string;
  /** To open a connection, where a request or its policy is stricter than the deployment. */
  readonly connectMs: number | undefined;
}

/** What a model gets to see of a request. */
export function modelCall(request: GenerationRequest, { whole, tenant, connectMs }: CallForm): ModelCall {
  const { messages, sampling, priority, tools, toolChoice, responseFormat, logProbabilities } = request;
  return {
    messages,
    sampling,
    tenant,
    priority,
    whole,
    ...(connectMs === undefined ? {} : { connectMs }),
    ...(tools === undefined ? {} : { tools }),
    ...(toolChoice === undefined ? {} : { toolChoice }),
    ...(responseFormat === undefined ? {} : { responseFormat }),
    ...(logProbabilities === undefined ? {} : { logProbabilities }),
  };
}
