import { z } from 'zod';
import { graphql, subscribe } from '../../support/graphql-client.ts';
import { chatDeployments, embedDeployment, type LocalRig } from './local-rig.ts';
import { pick } from './saboteur.ts';

export interface LocalTally {
  calls: number;
  answers: number;
  /** Clients that left of themselves. */
  left: number;
  /** By code. */
  readonly problems: Map<string, number>;
  /** What no client should ever see. */
  readonly wrong: string[];
}

export interface LocalCrowd {
  readonly tally: LocalTally;
  /** From now on only models that fit into memory together are called. */
  settle(): void;
  /** Resolves when the last call has ended. */
  stop(): Promise<void>;
}

type Seen =
  | { readonly type: 'answer' }
  | { readonly type: 'left' }
  | { readonly type: 'problem'; readonly code: string }
  | { readonly type: 'wrong'; readonly what: string };

interface Visit {
  readonly url: string;
  readonly random: () => number;
  /** How many of all chats are with the second model. Each makes it push out the first, where that is idle. */
  readonly second: number;
}

/** Longer than any call may take, queued behind all others while a model loads. */
const patienceMs = 120_000;

const problemSchema = z.object({ code: z.string(), message: z.string() });
const words = 'sea wind harbour light ship old story lantern winter market river stone garden'.split(' ');

const kinds: readonly ((visit: Visit) => Promise<Seen>)[] = [
  readStream,
  readStream,
  leave,
  askWhole,
  askJson,
  embed,
];

/** Clients that call one after the other, each with a pause between. */
export function startLocalCrowd({ gateway }: LocalRig, size: number, random: () => number): LocalCrowd {
  const tally: LocalTally = { calls: 0, answers: 0, left: 0, problems: new Map(), wrong: [] };
  const over = new AbortController();
  let second = 0.03;
  const members = Array.from({ length: size }, async () => {
    while (!over.signal.aborted) {
      count(tally, await visit(pick(kinds, random), { url: gateway.url, random, second }));
      await new Promise((resolve) => setTimeout(resolve, 300 * random()));
    }
  });
  return {
    tally,
    settle() {
      second = 0;
    },
    async stop() {
      over.abort();
      await Promise.all(members);
    },
  };
}

async function visit(kind: (visit: Visit) => Promise<Seen>, given: Visit): Promise<Seen> {
  try {
    return await kind(given);
  } catch (error) {
    return { type: 'wrong', what: `${kind.name}: ${String(error)}` };
  }
}

function count(tally: LocalTally, seen: Seen): void {
  tally.calls += 1;
  switch (seen.type) {
    case 'answer':
      tally.answers += 1;
      return;
    case 'left':
      tally.left += 1;
      return;
    case 'problem':
      tally.problems.set(seen.code, (tally.problems.get(seen.code) ?? 0) + 1);
      return;
    case 'wrong':
      tally.wrong.push(seen.what);
  }
}

function chatInput({ random, second }: Visit, most: number): object {
  const length = random() < 0.1 ? 300 : 5 + Math.floor(40 * random());
  const prompt = Array.from({ length }, () => pick(words, random)).join(' ');
  const model = random() < second ? chatDeployments[1] : chatDeployments[0];
  const sampling = {
    maxOutputTokens: 1 + Math.floor(most * random()),
    temperature: random() < 0.5 ? 0 : 0.8,
  };
  return { prompt, model, sampling, cache: { mode: 'OFF' } };
}

async function readStream(given: Visit): Promise<Seen> {
  return await stream(given.url, chatInput(given, 80), AbortSignal.timeout(patienceMs));
}

async function leave(given: Visit): Promise<Seen> {
  const leaving = AbortSignal.timeout(1 + Math.floor(1500 * given.random()));
  try {
    return await stream(given.url, chatInput(given, 200), leaving);
  } catch (error) {
    if (leaving.aborted) return { type: 'left' };
    throw error;
  }
}

const eventSchema = z.object({
  __typename: z.string(),
  text: z.string().optional(),
  generation: z.object({ text: z.string() }).optional(),
  problem: problemSchema.optional(),
  partialText: z.string().optional(),
});

async function stream(url: string, input: object, signal: AbortSignal): Promise<Seen> {
  const query = `subscription ($input: GenerateInput!) { generateStream(input: $input) {
    __typename ... on TextDelta { text } ... on GenerationCompleted { generation { text } }
    ... on GenerationFailed { partialText problem { code message } } } }`;
  let delivered = '';
  for await (const { data, errors } of subscribe(url, { query, variables: { input } }, signal)) {
    if (errors !== undefined) return { type: 'wrong', what: JSON.stringify(errors) };
    const { text, generation, problem, partialText } = eventSchema.parse(data?.['generateStream']);
    delivered += text ?? '';
    const whole = generation?.text ?? partialText;
    if (whole !== undefined && whole !== delivered)
      return { type: 'wrong', what: `delivered: ${delivered}, said: ${whole}` };
    if (problem !== undefined) return { type: 'problem', code: problem.code };
    if (generation !== undefined) return { type: 'answer' };
  }
  return { type: 'wrong', what: 'a stream ended without a last event' };
}

const answerSchema = z.object({ finishReason: z.string(), json: z.unknown() });

async function askWhole(given: Visit): Promise<Seen> {
  return await ask(given.url, chatInput(given, 30), () => undefined);
}

const personSchema = z.strictObject({ name: z.string(), age: z.number().int().min(0).max(150) });

async function askJson(given: Visit): Promise<Seen> {
  const jsonSchema = {
    type: 'object',
    properties: { name: { type: 'string' }, age: { type: 'integer', minimum: 0, maximum: 150 } },
    required: ['name', 'age'],
    additionalProperties: false,
  };
  const input = {
    ...chatInput(given, 1),
    sampling: { maxOutputTokens: 60 },
    responseFormat: { jsonSchema },
  };
  return await ask(given.url, input, (json) =>
    personSchema.safeParse(json).success ? undefined : `not of the form: ${JSON.stringify(json)}`,
  );
}

async function ask(url: string, input: object, fault: (json: unknown) => string | undefined): Promise<Seen> {
  const query = `query ($input: GenerateInput!) { generate(input: $input) {
    ... on Generation { finishReason json } ... on Problem { code message } } }`;
  const signal = AbortSignal.timeout(patienceMs);
  const response = await graphql(url, { query, variables: { input } }, signal);
  const problem = problemSchema.safeParse(response.data?.['generate']);
  if (problem.success) return { type: 'problem', code: problem.data.code };
  const answer = answerSchema.safeParse(response.data?.['generate']);
  const what = answer.success ? fault(answer.data.json) : JSON.stringify(response);
  return what === undefined ? { type: 'answer' } : { type: 'wrong', what };
}

const embeddingsSchema = z.object({ vectors: z.array(z.array(z.number()).min(1)) });

async function embed({ url, random }: Visit): Promise<Seen> {
  const texts = Array.from({ length: 1 + Math.floor(5 * random()) }, () => pick(words, random));
  const query = `query ($input: EmbedInput!) { embed(input: $input) {
    ... on Embeddings { vectors } ... on Problem { code message } } }`;
  const variables = { input: { model: embedDeployment, texts } };
  const response = await graphql(url, { query, variables }, AbortSignal.timeout(patienceMs));
  const problem = problemSchema.safeParse(response.data?.['embed']);
  if (problem.success) return { type: 'problem', code: problem.data.code };
  const answer = embeddingsSchema.safeParse(response.data?.['embed']);
  return answer.success && answer.data.vectors.length === texts.length
    ? { type: 'answer' }
    : { type: 'wrong', what: JSON.stringify(response) };
}
