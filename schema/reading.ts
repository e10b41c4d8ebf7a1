import type { InputFieldBuilder } from '@pothos/core';
import type { Problem } from '../src/domain/problem.ts';
import type { Result } from '../src/domain/result.ts';
import type { builder } from './builder.ts';
import { ConstraintsInputRef, DeadlinesInputRef, PriorityRef } from './generate-input.ts';

type InputFields = InputFieldBuilder<typeof builder.$inferSchemaTypes, 'InputObject'>;

/** The fields of every input that has texts read: by what, and within which limits. */
export function howToRead(t: InputFields) {
  return {
    model: t.string({ description: 'A model or alias; "auto" (the default) is any that can.' }),
    constraints: t.field({ type: ConstraintsInputRef }),
    policy: t.string(),
    timeoutMs: t.int({ description: 'Default 60000.' }),
    deadlines: t.field({ type: DeadlinesInputRef }),
    priority: t.field({ type: PriorityRef, description: 'Default INTERACTIVE.' }),
  };
}

/** What resolvers return; tells where the field could not be served for want of capacity. */
export function madeOrProblem<Made>(
  result: Result<Made>,
  overloaded: (retryAfterMs: number) => void,
): Made | Problem {
  if (result.type === 'success') return result.value;
  if (result.problem.code === 'OVERLOADED') overloaded(result.problem.retryAfterMs);
  return result.problem;
}
