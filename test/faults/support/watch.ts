/** Wakes whoever waits for a condition, each time that something has changed. */
export interface Watch {
  notify(): void;
  until(condition: () => boolean): Promise<void>;
}

export function createWatch(): Watch {
  const waiting = new Set<() => void>();
  return {
    notify() {
      for (const check of waiting) check();
    },
    until: (condition) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!condition()) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
  };
}
