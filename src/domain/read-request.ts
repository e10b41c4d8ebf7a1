import type { z } from 'zod';
import type { ContentPart, Message, TextPart } from '../../adapters/contract.ts';
import {
  generationInputSchema,
  readingInputSchemas,
  type EmbedInput,
  type GenerationInput,
  type MessageInput,
  type RerankInput,
} from './generation-input.ts';
import { messageOrderIssues } from './message-order.ts';
import type { ValidationIssue } from './problem.ts';
import type { Constraints, GenerationRequest, Reading, ReadingRequest, ReadingTask } from './request.ts';

export type ReadResult<Request> =
  | { readonly ok: true; readonly request: Request }
  | { readonly ok: false; readonly issues: readonly ValidationIssue[] };

/**
 * Turns a client's input into a request, or says all that is wrong with it. `null` counts as left out, as in GraphQL.
 * Paths begin with `input`.
 */
export function readGenerationRequest(input: unknown, defaultPolicy: string): ReadResult<GenerationRequest> {
  const parsed = generationInputSchema.safeParse(withoutNulls(input));
  if (!parsed.success) return { ok: false, issues: zodIssues(parsed.error) };
  const messages = readMessages(parsed.data);
  if (!messages.ok) return messages;
  const { prompt: _prompt, system: _system, messages: _messages, ...rest } = parsed.data;
  return {
    ok: true,
    request: {
      model: rest.model,
      messages: messages.request,
      sampling: rest.sampling,
      constraints: readConstraints(rest.constraints),
      policy: rest.policy ?? defaultPolicy,
      cache: rest.cache,
      timeoutMs: rest.timeoutMs,
      deadlines: rest.deadlines,
      priority: rest.priority,
      resumable: rest.resumable,
      labels: rest.labels,
      ...(rest.tools === undefined ? {} : { tools: rest.tools }),
      ...readToolChoice(rest.toolChoice),
      ...readResponseFormat(rest.responseFormat),
      ...(rest.logprobs === undefined ? {} : { logProbabilities: rest.logprobs.top }),
    },
  };
}

/** The field of a generation's input that holds what the model reads, for messages about its length. */
export function promptPath(input: unknown): string {
  const hasPrompt = typeof input === 'object' && input !== null && 'prompt' in input;
  return hasPrompt && typeof input.prompt === 'string' ? 'input.prompt' : 'input.messages';
}

/** The same for an input that has texts read. */
export function readReadingRequest<Task extends ReadingTask>(
  task: Task,
  input: unknown,
  defaultPolicy: string,
): ReadResult<ReadingRequest<ReadingOf<Task>>> {
  const parsed = readingInputSchemas[task].safeParse(withoutNulls(input));
  if (!parsed.success) return { ok: false, issues: zodIssues(parsed.error) };
  const { constraints, policy = defaultPolicy, model, timeoutMs, deadlines, priority } = parsed.data;
  return {
    ok: true,
    request: {
      model,
      policy,
      timeoutMs,
      deadlines,
      priority,
      constraints: readConstraints(constraints),
      // The schema of a task gives what the task reads.
      reading: readingOf(task, parsed.data) as ReadingOf<Task>,
    },
  };
}

type ReadingOf<Task extends ReadingTask> = Extract<Reading, { readonly task: Task }>;

function readingOf(task: ReadingTask, input: EmbedInput | RerankInput): Reading {
  if (!('query' in input)) return { task: task === 'classify' ? 'classify' : 'embed', texts: input.texts };
  const { query, documents, topK } = input;
  return { task: 'rerank', query, documents, ...(topK === undefined ? {} : { topK }) };
}

function readMessages(input: GenerationInput): ReadResult<readonly Message[]> {
  const { prompt, system, messages } = input;
  if ((prompt === undefined) === (messages === undefined)) {
    return failure('input', 'needs either prompt or messages, and not both');
  }
  const issues = messageOrderIssues(messages ?? [], system !== undefined);
  if (issues.length > 0) return { ok: false, issues };
  return {
    ok: true,
    request: [
      ...(system === undefined ? [] : [{ role: 'system', content: textParts(system) } as const]),
      ...(prompt === undefined ? [] : [{ role: 'user', content: textParts(prompt) } as const]),
      ...(messages ?? []).map(readMessage),
    ],
  };
}

function readMessage(message: MessageInput): Message {
  const texts = message.content.flatMap((part) => ('text' in part ? textParts(part.text) : []));
  switch (message.role) {
    case 'system':
      return { role: 'system', content: texts };
    case 'user':
      return { role: 'user', content: message.content.map(readPart) };
    case 'assistant':
      return {
        role: 'assistant',
        content: texts,
        ...(message.toolCalls === undefined ? {} : { toolCalls: message.toolCalls }),
      };
    case 'tool':
      // `messageOrderIssues` has made sure that a tool message has its id.
      return { role: 'tool', toolCallId: message.toolCallId ?? '', content: texts };
  }
}

function readPart(part: MessageInput['content'][number]): ContentPart {
  return 'text' in part ? { type: 'text', text: part.text } : { type: 'image', url: part.image.url };
}

function textParts(text: string): readonly TextPart[] {
  return [{ type: 'text', text }];
}

function readConstraints({ maxCostUsd, ...rest }: GenerationInput['constraints']): Constraints {
  return { ...rest, ...(maxCostUsd === undefined ? {} : { maxCostNanoUsd: maxCostUsd }) };
}

function readToolChoice(choice: GenerationInput['toolChoice']): Pick<GenerationRequest, 'toolChoice'> {
  if (choice === undefined) return {};
  if ('tool' in choice) return { toolChoice: { type: 'tool', name: choice.tool } };
  return { toolChoice: { type: choice.mode } };
}

function readResponseFormat(
  format: GenerationInput['responseFormat'],
): Pick<GenerationRequest, 'responseFormat'> {
  if (format === undefined) return {};
  if ('json' in format) return { responseFormat: { type: 'json' } };
  return { responseFormat: { type: 'json-schema', name: 'answer', schema: format.jsonSchema } };
}

function failure(path: string, message: string): { ok: false; issues: readonly ValidationIssue[] } {
  return { ok: false, issues: [{ path, message }] };
}

function zodIssues(error: z.ZodError): readonly ValidationIssue[] {
  return error.issues.flatMap((issue) => readIssue(issue, ['input']));
}

/** Of a field that takes one of several forms, the form that came closest tells what is wrong: its complaint lies deepest. */
function readIssue(issue: z.core.$ZodIssue, parent: readonly PropertyKey[]): readonly ValidationIssue[] {
  const path = [...parent, ...issue.path];
  if (issue.code !== 'invalid_union') return [{ path: path.join('.'), message: issue.message }];
  const forms = issue.errors.map((issues) => issues.flatMap((each) => readIssue(each, path)));
  const closest = forms.toSorted((left, right) => depth(right) - depth(left))[0];
  return closest ?? [{ path: path.join('.'), message: issue.message }];
}

function depth(issues: readonly ValidationIssue[]): number {
  return Math.max(...issues.map(({ path }) => path.length));
}

/** Values that are the client's own JSON: a null inside them means null. */
const opaqueKeys = new Set(['parameters', 'jsonSchema']);

/** GraphQL's null and a missing field mean the same in an input. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const present = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return Object.fromEntries(
    present.map(([key, member]) => [key, opaqueKeys.has(key) ? member : withoutNulls(member)]),
  );
}
