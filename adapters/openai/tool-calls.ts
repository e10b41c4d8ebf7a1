import { z } from 'zod';
import type { StreamPart } from '../contract.ts';

export const toolCallDeltaSchema = z.object({
  index: z.int().nonnegative().nullish(),
  id: z.string().nullish(),
  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
});
export type ToolCallDelta = z.infer<typeof toolCallDeltaSchema>;

type ToolCallPart = Extract<StreamPart, { type: 'tool-call-delta' }>;

export interface ToolCallReader {
  read(delta: ToolCallDelta): readonly ToolCallPart[];
  /** How many calls there were. */
  count(): number;
}

/**
 * Gives every delta its place and its call's id and name once, on the first delta. Some servers repeat them on every
 * delta; some leave out the index, and then a new id begins a new call.
 */
export function createToolCallReader(): ToolCallReader {
  const placeByIndex = new Map<number, number>();
  const seenIds = new Set<string>();
  let lastPlace = -1;
  let count = 0;

  function place({ index, id }: ToolCallDelta): number {
    if (index !== undefined && index !== null) {
      const known = placeByIndex.get(index);
      if (known !== undefined) return known;
      placeByIndex.set(index, count);
      return count;
    }
    const isNew = lastPlace < 0 || (Boolean(id) && !seenIds.has(id ?? ''));
    return isNew ? count : lastPlace;
  }

  return {
    read(delta) {
      const index = place(delta);
      const isFirst = index === count;
      const { id, function: called } = delta;
      const argumentsDelta = called?.arguments ?? '';
      if (id) seenIds.add(id);
      lastPlace = index;
      if (!isFirst) return argumentsDelta === '' ? [] : [{ type: 'tool-call-delta', index, argumentsDelta }];
      count += 1;
      return [
        {
          type: 'tool-call-delta',
          index,
          ...(id ? { id } : {}),
          ...(called?.name ? { name: called.name } : {}),
          argumentsDelta,
        },
      ];
    },
    count: () => count,
  };
}
