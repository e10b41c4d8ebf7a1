import type { NumberedEvent } from '../domain/generation-event.ts';
import type { Generation } from '../domain/outcome.ts';
import type { Result } from '../domain/result.ts';

/** A whole answer is a stream, waited for. */
export async function collect(events: AsyncIterable<NumberedEvent>): Promise<Result<Generation>> {
  for await (const event of events) {
    if (event.type === 'completed') return { type: 'success', value: event.generation };
    if (event.type === 'failed') return { type: 'problem', problem: event.problem };
  }
  throw new Error('A generation ended without its last event.');
}
