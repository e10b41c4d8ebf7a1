import type {
  GenerationEnd,
  GenerationEvent,
  GenerationEventBody,
  NumberedEvent,
} from '../domain/generation-event.ts';
import type { Generation } from '../domain/outcome.ts';
import type { Plan } from '../domain/plan.ts';
import type { Problem, ValidationIssue } from '../domain/problem.ts';
import type { Result } from '../domain/result.ts';
import { promptPath, readGenerationRequest } from '../domain/read-request.ts';
import { deliveries, type Deliver } from '../platform/delivery.ts';
import { follow, type Following } from '../platform/follow.ts';
import type { Catalog } from '../registry/catalog.ts';
import { plan } from '../routing/router.ts';
import { generationWish } from '../routing/wish.ts';
import { createReadings, type Readings } from './readings.ts';
import { generate, type RequestPath } from './gateway.ts';
import { validationFailed } from './problems.ts';
import { resolveNames, type Caller, type ResolvedRequest } from './resolve.ts';
import { createResumableStreams, type ResumePoint } from './resumable-streams.ts';
import { defaultResumeSettings, type ResumeSettings } from './resume-settings.ts';

/** What every door of the gateway leads to. Inputs are as the client wrote them; what is wrong with them comes back as a problem. */
export interface Gateway extends Readings {
  /** The events of one generation, numbered from 1. It ends when the caller leaves, unless the input says `resumable`. */
  stream(input: unknown, caller: Caller): AsyncIterable<GenerationEvent>;
  /** The events of a resumable generation after one of them. */
  resume(point: ResumePoint, caller: Caller): AsyncIterable<GenerationEvent>;
  /** The same as `stream`, waited for. Nobody can come back to it. */
  generate(input: unknown, caller: Caller): Promise<Result<Generation>>;
  /** Dry run: where a request would go, without going there. */
  route(input: unknown): Result<Plan>;
  /** Resolves when no resumable generation runs, with a client or without; at the latest after `limitMs`. */
  drain(limitMs: number): Promise<void>;
  /** Cancels the resumable generations that run and forgets the others. */
  close(): Promise<void>;
}

export interface GatewayOptions extends RequestPath {
  readonly catalog: Catalog;
  readonly newId: () => string;
  /** @default defaultResumeSettings */
  readonly resume?: ResumeSettings;
  /** Told of a bug that broke a resumable generation where no client was. @default nobody is told */
  readonly onUnseenBug?: (error: unknown) => void;
}

export function createGateway(options: GatewayOptions): Gateway {
  const { catalog, fleet, newId } = options;

  const resolve = (input: unknown): Resolved => {
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

  const resumable = createResumableStreams({
    settings: options.resume ?? defaultResumeSettings,
    clock: options.clock,
    shutdown: options.shutdown,
    onUnseenBug: options.onUnseenBug ?? (() => undefined),
  });

  const events = (id: string, resolved: Resolved, caller: Caller): AsyncIterable<NumberedEvent> =>
    eventsOf(id, caller, async (runner, deliver) =>
      resolved.type === 'problem'
        ? refused(resolved.problem)
        : await generate(options, { ...resolved.value, caller: runner, id, whole: false }, deliver),
    );

  return {
    stream: (input, caller) => {
      const id = newId();
      const resolved = resolve(input);
      return resolved.type === 'success' && resolved.value.request.resumable
        ? resumable.start({ id, caller, run: (runner) => events(id, resolved, runner) })
        : events(id, resolved, caller);
    },
    resume: (point, caller) => resumable.resume(point, caller),
    generate: async (input, caller) => {
      const resolved = resolve(input);
      if (resolved.type === 'problem') return resolved;
      const end = await generate(options, { ...resolved.value, caller, id: newId(), whole: true }, unread);
      return end.type === 'completed'
        ? { type: 'success', value: end.generation }
        : { type: 'problem', problem: end.problem };
    },
    ...createReadings(options, catalog),
    route: (input) => {
      const resolved = resolve(input);
      if (resolved.type === 'problem') return resolved;
      const { request, model, policy } = resolved.value;
      return { type: 'success', value: plan(generationWish(request), fleet.signals(model), policy) };
    },
    drain: (limitMs) => resumable.drain(limitMs),
    close: () => resumable.close(),
  };
}

type Resolved = Result<Omit<ResolvedRequest, 'id' | 'caller' | 'whole'>>;

/** Nobody reads what happens on the way to a whole answer. */
const unread = (): undefined => undefined;

function invalid(issues: readonly ValidationIssue[]): Result<never> {
  return { type: 'problem', problem: validationFailed(issues) };
}

type Start = (caller: Caller, deliver: Deliver<GenerationEventBody>) => Promise<GenerationEnd>;

/** What a generation delivers and its end, numbered; a reader that leaves takes the place of a caller that does. */
function eventsOf(id: string, caller: Caller, start: Start): AsyncIterable<NumberedEvent> {
  const number = numbering(id);
  let following: Following | undefined;
  return deliveries<NumberedEvent>({
    leave: () => following?.abort(),
    async run(deliver) {
      following = follow(caller.signal);
      try {
        const runner = { ...caller, signal: following.signal };
        const end = await start(runner, (event) => deliver(number(event)));
        await deliver(number(end));
      } finally {
        following.release();
      }
    },
  });
}

function refused(problem: Problem): GenerationEnd {
  return { type: 'failed', problem, partialText: '', usage: undefined };
}

/** Gives the events of one generation their numbers. */
function numbering(generationId: string): (event: GenerationEventBody) => NumberedEvent {
  let sequence = 0;
  return (event) => ({ ...event, generationId, sequence: (sequence += 1) });
}
