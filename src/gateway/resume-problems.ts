import type { StreamProblem } from '../domain/problem.ts';
import type { ResumeSettings } from './resume-settings.ts';

/** Another tenant's stream is as unknown as one that never was. */
export function generationNotFound({ windowMs }: ResumeSettings): StreamProblem {
  return {
    code: 'GENERATION_NOT_FOUND',
    message:
      'There is no stream with this id to resume: it was not asked for with `resumable: true`, ' +
      `or its last client left more than ${windowMs / 1000} s ago. Ask again with generateStream.`,
  };
}

/** The events that can still be had. */
interface Held {
  readonly first: number;
  readonly last: number;
}

export function resumeImpossible(afterSequence: number, held: Held): StreamProblem {
  return {
    code: 'RESUME_IMPOSSIBLE',
    message: `${whyNot(afterSequence, held)}, or ask again with generateStream.`,
    firstSequence: held.first,
    lastSequence: held.last,
  };
}

function whyNot(afterSequence: number, { first, last }: Held): string {
  if (afterSequence < 0) return 'No event has a number below 1. Resume after 0 for the whole stream';
  if (afterSequence > last) {
    return `The stream has not come further than event ${last}. Resume after the last event that you have seen`;
  }
  return `The events before ${first} are not kept any more, for the stream has grown long. Resume after ${first - 1} and do without them`;
}

export function tooManyStreams({ maxTenantStreams, maxTenantBytes }: ResumeSettings): StreamProblem {
  return {
    code: 'TOO_MANY_STREAMS',
    message:
      `The resumable streams under way fill their place (${maxTenantStreams} streams, ${maxTenantBytes} bytes). ` +
      'Try again when some of them have ended, or ask without `resumable`.',
  };
}
