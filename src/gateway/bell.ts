/** Wakes everybody who waits for something to change. */
export interface Bell {
  ring(): void;
  /** Resolves when it rings next. Whoever waits looks again whether the change is the one it needs. */
  next(): Promise<void>;
}

export function createBell(): Bell {
  let ringing: PromiseWithResolvers<void> | undefined;
  return {
    ring() {
      ringing?.resolve();
      ringing = undefined;
    },
    next: () => (ringing ??= Promise.withResolvers<void>()).promise,
  };
}
