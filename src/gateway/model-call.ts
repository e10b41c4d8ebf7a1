import type { ModelCall } from '../../adapters/contract.ts';
import type { GenerationRequest } from '../domain/request.ts';

/** What a model gets to see of a request. */
export function modelCall(request: GenerationRequest): ModelCall {
  const { messages, sampling, tools, toolChoice, responseFormat } = request;
  return {
    messages,
    sampling,
    ...(tools === undefined ? {} : { tools }),
    ...(toolChoice === undefined ? {} : { toolChoice }),
    ...(responseFormat === undefined ? {} : { responseFormat }),
  };
}
