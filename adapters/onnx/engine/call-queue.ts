/** What the queue must know of a call. */
export interface QueuedCall {
  readonly tenant: string;
  readonly priority: 'interactive' | 'batch';
}

/** Calls that wait for a slot. */
export interface CallQueue<Call extends QueuedCall> {
  readonly size: number;
  add(call: Call): void;
  /** Whether the call was there. */
  remove(call: Call): boolean;
  /**
   * Takes out who is next: interactive calls before batch work, of those the tenant that holds the fewest slots, of its calls the one
   * that has waited longest. Among tenants that hold equally many the one whose call has waited longest.
   */
  take(slotsHeld: ReadonlyMap<string, number>): Call | undefined;
}

export function createCallQueue<Call extends QueuedCall>(): CallQueue<Call> {
  // A set keeps the order of arrival.
  const waiting = new Set<Call>();

  function next(slotsHeld: ReadonlyMap<string, number>): Call | undefined {
    let best: Call | undefined;
    for (const call of waiting) {
      if (best === undefined || goesBefore(call, best, slotsHeld)) best = call;
    }
    return best;
  }

  return {
    get size() {
      return waiting.size;
    },
    add(call) {
      waiting.add(call);
    },
    remove: (call) => waiting.delete(call),
    take(slotsHeld) {
      const call = next(slotsHeld);
      if (call !== undefined) waiting.delete(call);
      return call;
    },
  };
}

/** Whether a call goes before one that has waited longer. */
function goesBefore(call: QueuedCall, other: QueuedCall, slotsHeld: ReadonlyMap<string, number>): boolean {
  if (call.priority !== other.priority) return call.priority === 'interactive';
  return (slotsHeld.get(call.tenant) ?? 0) < (slotsHeld.get(other.tenant) ?? 0);
}
