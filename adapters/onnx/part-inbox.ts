import type { AdapterError } from '../errors.ts';
import type { EnginePart } from './engine/protocol.ts';

/** Holds the parts of one call between the process that makes them and the one consumer that takes them. */
export interface PartInbox {
  part(part: EnginePart): void;
  /** Ends the call; what came before can still be taken. */
  failed(error: AdapterError): void;
  /** The next part, as soon as there is one; rejects with the failure once nothing is left. */
  take(): Promise<EnginePart>;
  /** How many parts can be taken at once. */
  waiting(): number;
}

export function createPartInbox(): PartInbox {
  const parts: EnginePart[] = [];
  let failure: AdapterError | undefined;
  let waiting: PromiseWithResolvers<EnginePart> | undefined;
  return {
    part(part) {
      if (waiting === undefined) parts.push(part);
      else waiting.resolve(part);
      waiting = undefined;
    },
    failed(error) {
      failure ??= error;
      waiting?.reject(error);
      waiting = undefined;
    },
    async take() {
      const part = parts.shift();
      if (part !== undefined) return part;
      if (failure !== undefined) throw failure;
      waiting = Promise.withResolvers<EnginePart>();
      return waiting.promise;
    },
    waiting: () => parts.length,
  };
}
