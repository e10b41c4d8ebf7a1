import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { fieldOf, graphql, subscribe, type GraphqlResponse } from '../../support/graphql-client.ts';

/** What one call came to, as its client sees it. */
export interface Sample {
  readonly ms: number;
  /** `broken`: there was no answer that GraphQL knows. */
  readonly result: 'answer' | 'problem' | 'broken';
  readonly text?: string;
  /** Of the problem, or what the client's own code said of the break. */
  readonly code?: string;
  readonly deployment?: string;
  readonly attempts: readonly {
    readonly deployment: string;
    readonly outcome: string;
    readonly code?: string;
  }[];
}

const attempt = z
  .object({
    deployment: z.object({ name: z.string() }),
    outcome: z.string(),
    problem: z.object({ code: z.string() }).nullable(),
  })
  .transform(({ deployment, outcome, problem }) => ({
    deployment: deployment.name,
    outcome,
    ...(problem === null ? {} : { code: problem.code }),
  }));
const answerSchema = z.object({
  text: z.string(),
  deployment: z.object({ name: z.string() }),
  attempts: z.array(attempt),
});
const problemSchema = z.object({ code: z.string(), message: z.string() });

const answerFields = 'text deployment { name } attempts { deployment { name } outcome problem { code } }';
export const generateQuery = `query ($input: GenerateInput!) { generate(input: $input) {
  ... on Generation { ${answerFields} } ... on Problem { code message } } }`;
export const streamQuery = `subscription ($input: GenerateInput!) { generateStream(input: $input) {
  __typename ... on TextDelta { text }
  ... on GenerationCompleted { generation { ${answerFields} } }
  ... on GenerationFailed { partialText problem { code message } } } }`;

/** A request that no other one answers. */
export const input = { prompt: 'Hello', model: 'chat', cache: { mode: 'OFF' } };

/** Asks for a whole answer on a socket that is open already. */
export async function askOverWebSocket(client: Client, given: object = input): Promise<Sample> {
  const startedMs = performance.now();
  const [response] = await Array.fromAsync(
    client.iterate({ query: generateQuery, variables: { input: given } }),
  );
  return { ms: performance.now() - startedMs, ...read(response?.data?.['generate'], response) };
}

/** Asks for a whole answer. */
export async function ask(url: string, given: object = input, signal?: AbortSignal): Promise<Sample> {
  const startedMs = performance.now();
  try {
    const response = await graphql(url, { query: generateQuery, variables: { input: given } }, signal);
    return { ms: performance.now() - startedMs, ...read(response.data?.['generate'], response) };
  } catch (error) {
    return { ms: performance.now() - startedMs, result: 'broken', code: describe(error), attempts: [] };
  }
}

function read(value: unknown, response: unknown): Omit<Sample, 'ms'> {
  const answer = answerSchema.safeParse(value);
  if (answer.success) {
    const { text, deployment, attempts } = answer.data;
    return { result: 'answer', text, deployment: deployment.name, attempts };
  }
  const problem = problemSchema.safeParse(value);
  if (problem.success) return { result: 'problem', code: problem.data.code, attempts: [] };
  return { result: 'broken', code: JSON.stringify(response), attempts: [] };
}

/** graphql-ws rejects with the event of the close. */
function describe(error: unknown): string {
  const close = z.object({ code: z.number(), reason: z.string() }).safeParse(error);
  return close.success ? `closed with ${close.data.code} ${close.data.reason}` : String(error);
}

export interface Streamed extends Sample {
  /** All that came, deltas joined. */
  readonly delivered: string;
  readonly firstTokenMs: number | undefined;
  /** What the failure said had been delivered. */
  readonly partialText?: string;
}

/** Reads a stream to its end; `onText` hears after each delta of all text so far. */
export async function stream(
  responses: AsyncIterable<GraphqlResponse>,
  onText: (delivered: string) => void = () => undefined,
): Promise<Streamed> {
  const startedMs = performance.now();
  const texts: string[] = [];
  let firstTokenMs: number | undefined;
  let last: Omit<Sample, 'ms'> & { partialText?: string } = {
    result: 'broken',
    code: 'no last event',
    attempts: [],
  };
  try {
    for await (const response of responses) {
      const event = fieldOf(response, 'generateStream');
      switch (event['__typename']) {
        case 'TextDelta':
          firstTokenMs ??= performance.now() - startedMs;
          texts.push(String(event['text']));
          onText(texts.join(''));
          break;
        case 'GenerationCompleted':
          last = read(event['generation'], event);
          break;
        case 'GenerationFailed':
          last = { ...read(event['problem'], event), partialText: String(event['partialText']) };
      }
    }
  } catch (error) {
    last = { result: 'broken', code: describe(error), attempts: [] };
  }
  return { ms: performance.now() - startedMs, firstTokenMs, delivered: texts.join(''), ...last };
}

export const overSse = (url: string, given: object = input, signal?: AbortSignal) =>
  subscribe(url, { query: streamQuery, variables: { input: given } }, signal);

export function openWebSocket(url: string): Client {
  return createClient({
    url: url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazy: false,
    onNonLazyError: () => undefined,
  });
}

export async function* overWebSocket(client: Client, given: object = input): AsyncGenerator<GraphqlResponse> {
  for await (const result of client.iterate({ query: streamQuery, variables: { input: given } })) {
    yield { data: z.record(z.string(), z.unknown()).nullish().parse(result.data) };
  }
}
