import type { GenerationEvent } from '../src/domain/generation-event.ts';
import { AttemptRef } from './attempt.ts';
import { builder } from './builder.ts';
import { GenerateInputRef } from './generate-input.ts';
import { GenerationRef, UsageRef } from './generation.ts';
import { TokenLogprobRef } from './logprobs.ts';
import { PlanRef } from './plan.ts';
import { ProblemRef } from './problem-interface.ts';

type EventOf<Type extends GenerationEvent['type']> = Extract<GenerationEvent, { readonly type: Type }>;

export const GenerationEventRef = builder.interfaceRef<GenerationEvent>('GenerationEvent').implement({
  description:
    'What happens while an answer is made. The last one is GenerationCompleted or GenerationFailed.',
  fields: (t) => ({
    generationId: t.exposeID('generationId'),
    sequence: t.exposeInt('sequence', {
      description: 'Counts from 1 without gaps. 0 says that a stream could not be resumed.',
    }),
  }),
  resolveType: eventTypeName,
});

builder.objectRef<EventOf<'route-decided'>>('RouteDecided').implement({
  interfaces: [GenerationEventRef],
  fields: (t) => ({ route: t.field({ type: PlanRef, resolve: ({ plan }) => plan }) }),
});

builder.objectRef<EventOf<'attempt-failed'>>('AttemptFailed').implement({
  description: 'A deployment failed before its first token; the next candidate is tried.',
  interfaces: [GenerationEventRef],
  fields: (t) => ({ attempt: t.expose('attempt', { type: AttemptRef }) }),
});

builder.objectRef<EventOf<'text-delta'>>('TextDelta').implement({
  interfaces: [GenerationEventRef],
  fields: (t) => ({
    text: t.exposeString('text'),
    logprobs: t.field({
      type: [TokenLogprobRef],
      nullable: true,
      description: 'Of the tokens of this text; null where the input did not ask.',
      resolve: ({ logProbabilities }) => logProbabilities,
    }),
  }),
});

builder.objectRef<EventOf<'reasoning-delta'>>('ReasoningDelta').implement({
  interfaces: [GenerationEventRef],
  fields: (t) => ({ text: t.exposeString('text') }),
});

builder.objectRef<EventOf<'tool-call-delta'>>('ToolCallDelta').implement({
  interfaces: [GenerationEventRef],
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Which tool call of the answer, from 0.' }),
    id: t.exposeString('id', { nullable: true, description: 'On the first delta of a call.' }),
    name: t.exposeString('name', { nullable: true, description: 'On the first delta of a call.' }),
    argumentsDelta: t.exposeString('argumentsDelta'),
  }),
});

builder.objectRef<EventOf<'completed'>>('GenerationCompleted').implement({
  interfaces: [GenerationEventRef],
  fields: (t) => ({ generation: t.expose('generation', { type: GenerationRef }) }),
});

builder.objectRef<EventOf<'failed'>>('GenerationFailed').implement({
  interfaces: [GenerationEventRef],
  fields: (t) => ({
    problem: t.expose('problem', { type: ProblemRef }),
    partialText: t.exposeString('partialText', { description: 'What had come before it failed.' }),
    usage: t.expose('usage', {
      type: UsageRef,
      nullable: true,
      description: 'Tokens used up by then, counted by the gateway; null where no model answered.',
    }),
  }),
});

builder.subscriptionField('generateStream', (t) =>
  t.field({
    type: GenerationEventRef,
    description: 'The same answer, as it is made.',
    args: { input: t.arg({ type: GenerateInputRef, required: true }) },
    subscribe: (_root, { input }, { gateway, caller }) => gateway.stream(input, caller),
    resolve: (event) => event,
  }),
);

function eventTypeName(event: GenerationEvent): string {
  switch (event.type) {
    case 'route-decided':
      return 'RouteDecided';
    case 'attempt-failed':
      return 'AttemptFailed';
    case 'text-delta':
      return 'TextDelta';
    case 'reasoning-delta':
      return 'ReasoningDelta';
    case 'tool-call-delta':
      return 'ToolCallDelta';
    case 'completed':
      return 'GenerationCompleted';
    case 'failed':
      return 'GenerationFailed';
  }
}
