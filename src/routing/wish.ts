import { samplingParameters, type Capability, type SamplingParameter } from '../../adapters/contract.ts';
import { readingTexts } from '../domain/reading-texts.ts';
import type { Constraints, GenerationRequest, ReadingRequest, ReadingTask } from '../domain/request.ts';
import { estimateMessages, estimateTexts, type TokenEstimate } from './tokens.ts';

/** What the router must know of a request, whatever its kind. */
export interface Wish {
  readonly constraints: Constraints;
  /** What the request itself uses; the caller's constraints may ask for more. */
  readonly capabilities: readonly Capability[];
  /** Sampling parameters that the model has to obey. */
  readonly parameters: readonly SamplingParameter[];
  readonly inputTokens: TokenEstimate;
  readonly outputTokens: TokenEstimate;
  /** The context must hold so many at least. */
  readonly contextTokens: number;
}

/** A guess for answers of unknown length; never more than the caller allows. */
const usualOutputTokens = 256;

/** Every model obeys a limit on its output, if only by being cut off, so `maxOutputTokens` is not among them. */
const parameters = samplingParameters.filter((name) => name !== 'maxOutputTokens');

export function generationWish(request: GenerationRequest): Wish {
  // Requests are read with a default, so the fallback only serves callers inside the gateway.
  const max = request.sampling.maxOutputTokens ?? 1024;
  const inputTokens = estimateMessages(request.messages);
  return {
    constraints: request.constraints,
    capabilities: usedCapabilities(request),
    parameters: parameters.filter((name) => request.sampling[name] !== undefined),
    inputTokens,
    outputTokens: { min: 1, expected: Math.min(max, usualOutputTokens), max },
    contextTokens: inputTokens.min,
  };
}

export function readingWish({ constraints, reading }: ReadingRequest): Wish {
  return {
    constraints,
    capabilities: [readingCapabilities[reading.task]],
    parameters: [],
    inputTokens: estimateTexts(readingTexts(reading)),
    outputTokens: { min: 0, expected: 0, max: 0 },
    // Each text has a context of its own, and one that is longer loses its end.
    contextTokens: 0,
  };
}

const readingCapabilities: Readonly<Record<ReadingTask, Capability>> = {
  embed: 'embeddings',
  classify: 'classification',
  rerank: 'reranking',
};

function usedCapabilities(request: GenerationRequest): readonly Capability[] {
  const used: Capability[] = ['text'];
  if (request.messages.some((message) => message.content.some((part) => part.type === 'image'))) {
    used.push('images');
  }
  if ((request.tools ?? []).length > 0) used.push('tools');
  if (request.logProbabilities !== undefined) used.push('log-probabilities');
  if (request.responseFormat?.type === 'json') used.push('json');
  if (request.responseFormat?.type === 'json-schema') used.push('json-schema');
  return used;
}
