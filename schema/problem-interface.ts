import { attemptProblemCodes, type AttemptProblem } from '../src/domain/attempt.ts';
import type { Problem, ProblemCode, PullProblem, StreamProblem } from '../src/domain/problem.ts';
import { builder } from './builder.ts';

/** The type of each problem that ends a request. By name, since the types in `problem.ts` need the interface first. */
export const requestProblemTypes = {
  VALIDATION_FAILED: 'ValidationProblem',
  NO_DEPLOYMENT_AVAILABLE: 'NoDeploymentAvailable',
  UPSTREAM_FAILED: 'UpstreamFailed',
  OVERLOADED: 'Overloaded',
  CONTENT_FILTERED: 'ContentFiltered',
  DEADLINE_EXCEEDED: 'DeadlineExceeded',
  CANCELLED: 'Cancelled',
  SERVER_SHUTDOWN: 'ServerShutdown',
} as const satisfies Readonly<Record<Problem['code'], string>>;
/** Those that only a stream ends with. */
const streamProblemTypes = {
  TOO_MANY_STREAMS: 'TooManyStreams',
  GENERATION_NOT_FOUND: 'GenerationNotFound',
  RESUME_IMPOSSIBLE: 'ResumeImpossible',
} as const satisfies Readonly<Record<StreamProblem['code'], string>>;
/** Those that only the pull of a model ends with. */
const pullProblemTypes = {
  MODEL_PULL_FAILED: 'ModelPullFailed',
  MODEL_PULL_NOT_FOUND: 'ModelPullNotFound',
} as const satisfies Readonly<Record<PullProblem['code'], string>>;
// The keys of a literal are what they are written as.
const pullCodes = Object.keys(pullProblemTypes) as readonly PullProblem['code'][];
const streamCodes = Object.keys(streamProblemTypes) as readonly StreamProblem['code'][];
const requestCodes = Object.keys(requestProblemTypes) as readonly Problem['code'][];

export const ProblemCodeRef = builder.enumType('ProblemCode', {
  description: 'What kind of problem it is. Stable: programs may decide by it.',
  values: [
    ...new Set([
      ...requestCodes,
      ...streamCodes,
      ...pullCodes,
      ...attemptProblemCodes,
      'UNKNOWN_DEPLOYMENT' as const,
    ]),
  ],
});

export const ProblemRef = builder
  .interfaceRef<{ readonly code: ProblemCode; readonly message: string }>('Problem')
  .implement({
    description: 'Why something asked for did not happen. Problems are answers: nothing is thrown.',
    fields: (t) => ({
      code: t.expose('code', { type: ProblemCodeRef }),
      message: t.exposeString('message', { description: 'What went wrong and what to do, for people.' }),
    }),
    // Fields of this type hold what ended a request; a problem of an attempt is shown as `AttemptProblem` only.
    resolveType({ code }) {
      if (code === 'UNKNOWN_DEPLOYMENT') return 'UnknownDeployment';
      if (isStreamCode(code)) return streamProblemTypes[code];
      if (isPullCode(code)) return pullProblemTypes[code];
      return isRequestCode(code) ? requestProblemTypes[code] : 'AttemptProblem';
    },
  });

function isRequestCode(code: ProblemCode): code is Problem['code'] {
  return Object.hasOwn(requestProblemTypes, code);
}

function isStreamCode(code: ProblemCode): code is StreamProblem['code'] {
  return Object.hasOwn(streamProblemTypes, code);
}

function isPullCode(code: ProblemCode): code is PullProblem['code'] {
  return Object.hasOwn(pullProblemTypes, code);
}

const DeadlineRef = builder.enumType('Deadline', {
  values: {
    CONNECT: { value: 'connect', description: 'To open a connection.' },
    HEADERS: { value: 'headers', description: 'To the beginning of a reply.' },
    FIRST_TOKEN: { value: 'first-token' },
    IDLE: { value: 'idle', description: 'Between two parts of an answer.' },
    TOTAL: { value: 'total', description: 'The whole answer, all attempts together.' },
  } as const,
});

export const AttemptProblemRef = builder.objectRef<AttemptProblem>('AttemptProblem').implement({
  description: 'Why one attempt failed.',
  interfaces: [ProblemRef],
  fields: (t) => ({
    deadline: t.expose('deadline', {
      type: DeadlineRef,
      nullable: true,
      description: 'Which deadline ended the attempt; null where none did.',
    }),
  }),
});
