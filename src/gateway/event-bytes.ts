import type { TokenLogProbability } from '../../adapters/contract.ts';
import type { Plan } from '../domain/plan.ts';
import type { NumberedEvent } from '../domain/generation-event.ts';

/** The object of an event, its text's head and its place in a list. Measured on Node 24 with events of one token each. */
const eventBytes = 160;
/** The scores and terms of one deployment in a plan. */
const placeBytes = 512;

/** A token's text with its log-probability. */
const likelyTokenBytes = 64;

/** Memory that an event holds on to, roughly. What it shares with others (the catalogue, the plan told before) is not counted. */
export function generationEventBytes(event: NumberedEvent): number {
  return eventBytes + ownBytes(event);
}

function ownBytes(event: NumberedEvent): number {
  switch (event.type) {
    case 'route-decided':
      return planBytes(event.plan);
    case 'attempt-failed':
      return textBytes(event.attempt.problem?.message);
    case 'text-delta':
      return textBytes(event.text) + likelyBytes(event.logProbabilities);
    case 'reasoning-delta':
      return textBytes(event.text);
    case 'tool-call-delta':
      return textBytes(event.id) + textBytes(event.name) + textBytes(event.argumentsDelta);
    case 'completed': {
      const { text, reasoning, toolCalls } = event.generation.answer;
      // Log-probabilities are those of the deltas, and counted there.
      return textBytes(text) + textBytes(reasoning) + textBytes(...toolCalls.map((call) => call.arguments));
    }
    case 'failed':
      return textBytes(event.partialText, event.problem.message);
  }
}

function planBytes({ candidates, rejected }: Plan): number {
  return placeBytes * (candidates.length + rejected.length);
}

function likelyBytes(tokens: readonly TokenLogProbability[] = []): number {
  return tokens.reduce((sum, { top }) => sum + likelyTokenBytes * (1 + top.length), 0);
}

/** JavaScript keeps texts with two bytes a character, unless all of them are Latin. */
function textBytes(...texts: readonly (string | undefined)[]): number {
  return texts.reduce((sum, text) => sum + 2 * (text?.length ?? 0), 0);
}
