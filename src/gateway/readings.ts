import type { ClassifyResult, EmbedResult, RerankResult, TokenUsage } from '../../adapters/contract.ts';
import type { Reading } from '../domain/request.ts';
import { readReadingRequest } from '../domain/read-request.ts';
import type { Result } from '../domain/result.ts';
import type { Catalog } from '../registry/catalog.ts';
import type { RequestPath } from './gateway.ts';
import { validationFailed } from './problems.ts';
import { read, type AskDriver, type Told } from './read.ts';
import { resolveNames, type Caller } from './resolve.ts';

type ReadingFor<Task extends Reading['task']> = Extract<Reading, { readonly task: Task }>;

/** Documents in the order of how well they answer the query. */
export interface Ranking {
  readonly results: readonly RankedDocument[];
  readonly usage: TokenUsage;
}

export interface RankedDocument {
  /** Place of the document in the request, from 0. */
  readonly index: number;
  readonly document: string;
  readonly score: number;
  /** Whether query and document together were longer than the model reads. */
  readonly truncated: boolean;
}

/** Doors for texts that are read and not answered. Inputs are as the client wrote them; what is wrong with them comes back as a problem. */
export interface Readings {
  embed(input: unknown, caller: Caller): Promise<Result<Told<EmbedResult>>>;
  classify(input: unknown, caller: Caller): Promise<Result<Told<ClassifyResult>>>;
  rerank(input: unknown, caller: Caller): Promise<Result<Told<Ranking>>>;
}

export function createReadings(path: RequestPath, catalog: Catalog): Readings {
  const door =
    <Task extends Reading['task'], Made extends { readonly usage: TokenUsage }>(
      task: Task,
      ask: AskDriver<ReadingFor<Task>, Made>,
    ) =>
    async (input: unknown, caller: Caller): Promise<Result<Told<Made>>> => {
      const asked = readReadingRequest(task, input, catalog.defaultPolicy);
      if (!asked.ok) return { type: 'problem', problem: validationFailed(asked.issues) };
      const names = resolveNames(asked.request, catalog);
      if (!names.ok) return { type: 'problem', problem: validationFailed(names.issues) };
      return await read(path, { request: asked.request, ...names, caller }, ask);
    };
  return {
    embed: door('embed', askToEmbed),
    classify: door('classify', askToClassify),
    rerank: door('rerank', askToRerank),
  };
}

const askToEmbed: AskDriver<ReadingFor<'embed'>, EmbedResult> = (adapter, { request, attempt }) =>
  adapter.embed?.(
    { texts: request.reading.texts, priority: request.priority, traceHeaders: attempt.traceHeaders },
    attempt.signal,
  );

const askToClassify: AskDriver<ReadingFor<'classify'>, ClassifyResult> = (adapter, { request, attempt }) =>
  adapter.classify?.(
    { texts: request.reading.texts, priority: request.priority, traceHeaders: attempt.traceHeaders },
    attempt.signal,
  );

const askToRerank: AskDriver<ReadingFor<'rerank'>, Ranking> = (adapter, { request, attempt }) => {
  const { query, documents } = request.reading;
  const { priority } = request;
  return adapter
    .rerank?.({ query, documents, priority, traceHeaders: attempt.traceHeaders }, attempt.signal)
    .then((result) => ranking(request.reading, result));
};

function ranking(
  { documents, topK }: ReadingFor<'rerank'>,
  { scores, truncated, usage }: RerankResult,
): Ranking {
  const results = documents
    .map((document, index) => ({
      index,
      document,
      score: scores[index] ?? Number.NaN,
      truncated: truncated[index] ?? false,
    }))
    .sort((left, right) => right.score - left.score);
  return { results: results.slice(0, topK), usage };
}
