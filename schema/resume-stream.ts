import type { StreamProblem } from '../src/domain/problem.ts';
import { builder } from './builder.ts';
import { GenerationEventRef } from './generation-event.ts';
import { ProblemRef } from './problem-interface.ts';

type StreamProblemOf<Code extends StreamProblem['code']> = Extract<StreamProblem, { readonly code: Code }>;

builder.objectRef<StreamProblemOf<'TOO_MANY_STREAMS'>>('TooManyStreams').implement({
  description:
    'The caller has so many resumable streams that another one cannot be kept; nothing was sent to a model.',
  interfaces: [ProblemRef],
});

builder.objectRef<StreamProblemOf<'GENERATION_NOT_FOUND'>>('GenerationNotFound').implement({
  description:
    'There is no stream to resume: it was never resumable, its time is over, or it is somebody else’s.',
  interfaces: [ProblemRef],
});

builder.objectRef<StreamProblemOf<'RESUME_IMPOSSIBLE'>>('ResumeImpossible').implement({
  description: 'The stream is there, but it cannot be read on from this event.',
  interfaces: [ProblemRef],
  fields: (t) => ({
    firstSequence: t.exposeInt('firstSequence', {
      description: 'The oldest event that is still there; resume after the one before it, or later.',
    }),
    lastSequence: t.exposeInt('lastSequence', { description: 'The latest event.' }),
  }),
});

builder.subscriptionField('resumeStream', (t) =>
  t.field({
    type: GenerationEventRef,
    description:
      'The rest of a stream that was asked for with resumable: true. Several clients may read it at once. What cannot be resumed is one GenerationFailed with the sequence 0.',
    args: {
      generationId: t.arg.id({ required: true, description: 'From any event of the stream.' }),
      afterSequence: t.arg.int({
        required: true,
        description: 'The sequence of the last event that the client has seen; 0 for the whole stream.',
      }),
    },
    subscribe: (_root, point, { gateway, caller }) => gateway.resume(point, caller),
    resolve: (event) => event,
  }),
);
