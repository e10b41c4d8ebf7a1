import type { GenerationEvent, GenerationEventBody } from '../domain/generation-event.ts';
import type { Generation } from '../domain/outcome.ts';
import type { Plan } from '../domain/plan.ts';
import type { Problem, ValidationIssue } from '../domain/problem.ts';
import type { Result } from '../domain/result.ts';
import { promptPath, readEmbedRequest, readGenerationRequest } from '../domain/read-request.ts';
import type { Catalog } from '../registry/catalog.ts';
import { plan } from '../routing/router.ts';
import { generationWish } from '../routing/wish.ts';
import { collect } from './collect.ts';
import { embed, type Embeddings } from './embed.ts';
import { generate, type RequestPath } from './gateway.ts';
import { validationFailed } from './problems.ts';
import { resolveNames, type Caller, type ResolvedRequest } from './resolve.ts';

/** What every door of the gateway leads to. Inputs are as the client wrote them; what is wrong with them comes back as a problem. */
export interface Gateway {
  /** The events of one generation, numbered from 1. */
  stream(input: unknown, caller: Caller): AsyncIterable<GenerationEvent>;
  /** The same, waited for. */
  generate(input: unknown, caller: Caller): Promise<Result<Generation>>;
  embed(input: unknown, caller: Caller): Promise<Result<Embeddings>>;
  /** Dry run: where a request would go, without going there. */
  route(input: unknown): Result<Plan>;
}

export interface GatewayOptions extends RequestPath {
  readonly catalog: Catalog;
  readonly newId: () => string;
}

export function createGateway(options: GatewayOptions): Gateway {
  const { catalog, fleet, newId } = options;

  const resolve = (input: unknown): Result<Omit<ResolvedRequest, 'id' | 'caller'>> => {
    const read = readGenerationRequest(input, catalog.defaultPolicy);
    if (!read.ok) return invalid(read.issues);
    const names = resolveNames(read.request, catalog);
    if (!names.ok) return invalid(names.issues);
    const { model, policy } = names;
    return {
      type: 'success',
      value: { request: read.request, model, policy, promptPath: promptPath(input) },
    };
  };

  const stream = (input: unknown, caller: Caller): AsyncIterable<GenerationEvent> => {
    const id = newId();
    const resolved = resolve(input);
    return numbered(
      id,
      resolved.type === 'problem'
        ? refused(resolved.problem)
        : generate(options, { ...resolved.value, id, caller }),
    );
  };

  return {
    stream,
    generate: async (input, caller) => await collect(stream(input, caller)),
    embed: async (input, caller) => {
      const read = readEmbedRequest(input, catalog.defaultPolicy);
      if (!read.ok) return invalid(read.issues);
      const names = resolveNames(read.request, catalog);
      if (!names.ok) return invalid(names.issues);
      return await embed(options, { request: read.request, ...names, caller });
    },
    route: (input) => {
      const resolved = resolve(input);
      if (resolved.type === 'problem') return resolved;
      const { request, model, policy } = resolved.value;
      return { type: 'success', value: plan(generationWish(request), fleet.signals(model), policy) };
    },
  };
}

function invalid(issues: readonly ValidationIssue[]): Result<never> {
  return { type: 'problem', problem: validationFailed(issues) };
}

async function* refused(problem: Problem): AsyncGenerator<GenerationEventBody, void> {
  yield { type: 'failed', problem, partialText: '', usage: undefined };
}

async function* numbered(
  generationId: string,
  events: AsyncIterable<GenerationEventBody>,
): AsyncGenerator<GenerationEvent, void> {
  let sequence = 0;
  for await (const event of events) {
    sequence += 1;
    yield { ...event, generationId, sequence };
  }
}
