import type { CallScope } from '../call-scope.ts';
import type { ModelCall, StreamPart } from '../contract.ts';
import { finishPart } from './finish.ts';
import { play } from './play.ts';
import { counted, nothingSaid, outputTokens } from './tally.ts';
import type { Theatre } from './theatre.ts';

/** One answer: the steps of the rule that holds, until they end or the call's limit is reached. */
export async function* generateParts(
  { deployment, clock, rules }: Theatre,
  call: ModelCall,
  scope: CallScope,
): AsyncGenerator<StreamPart, void, undefined> {
  scope.begin();
  try {
    const message = lastUserText(call);
    const { play: steps, finish } = rules.next(message);
    const limit = call.sampling.maxOutputTokens ?? Number.POSITIVE_INFINITY;
    let tally = nothingSaid;
    for await (const part of play(steps, { deployment, clock, signal: scope.signal, message })) {
      tally = counted(tally, part);
      yield part;
      scope.throwIfInterrupted();
      if (outputTokens(tally) >= limit) break;
    }
    scope.complete();
    yield finishPart(finish, { call, tally, cutShort: outputTokens(tally) >= limit });
  } finally {
    scope.end();
  }
}

function lastUserText({ messages }: ModelCall): string {
  const content = messages.findLast(({ role }) => role === 'user')?.content ?? [];
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}
