/** A stream that goes on until it is ended, and tells that. */
export function endless() {
  const ended = Promise.withResolvers<void>();
  const events = async function* (signal: AbortSignal): AsyncGenerator<string> {
    try {
      yield 'one';
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    } finally {
      ended.resolve();
    }
  };
  return { events, ended: ended.promise };
}
