export interface StopMatcher {
  /** Takes the next piece of the answer; gives back what is certain to be part of it. */
  push(text: string): StopMatch;
  /** The text held back, once nothing follows. */
  flush(): string;
}

export interface StopMatch {
  readonly text: string;
  /** Whether a stop text was reached. Nothing after it is part of the answer. */
  readonly stopped: boolean;
}

/**
 * Finds stop texts across the borders of pieces. The stop text that is complete first counts (of those the longest),
 * so the answer does not depend on how it is cut into pieces.
 */
export function createStopMatcher(stops: readonly string[]): StopMatcher {
  const wanted = stops.filter((stop) => stop !== '');
  let held = '';
  return {
    push(text) {
      if (wanted.length === 0) return { text, stopped: false };
      const whole = held + text;
      const start = firstMatch(whole, wanted);
      if (start !== undefined) {
        held = '';
        return { text: whole.slice(0, start), stopped: true };
      }
      const certain = whole.length - longestBegunStop(whole, wanted);
      held = whole.slice(certain);
      return { text: whole.slice(0, certain), stopped: false };
    },
    flush() {
      const rest = held;
      held = '';
      return rest;
    },
  };
}

/** Finds stop texts up to where the mark is complete; from there on nothing stops the answer. */
export function createStopMatcherBefore(mark: string, stops: readonly string[]): StopMatcher {
  const words = createStopMatcher(stops);
  let isPast = false;
  let lastWords = '';
  return {
    push(text) {
      if (isPast) return { text, stopped: false };
      const start = `${lastWords}${text}`.indexOf(mark);
      // The mark may have begun in an earlier piece.
      const wordsLength = start === -1 ? text.length : Math.max(0, start - lastWords.length);
      const match = words.push(text.slice(0, wordsLength));
      lastWords = `${lastWords}${text}`.slice(1 - mark.length);
      if (match.stopped || start === -1) return match;
      isPast = true;
      return { text: `${match.text}${words.flush()}${text.slice(wordsLength)}`, stopped: false };
    },
    flush: () => words.flush(),
  };
}

function firstMatch(text: string, stops: readonly string[]): number | undefined {
  let first: { start: number; end: number } | undefined;
  for (const stop of stops) {
    const start = text.indexOf(stop);
    if (start === -1) continue;
    const end = start + stop.length;
    const earlier = first === undefined || end < first.end || (end === first.end && start < first.start);
    if (earlier) first = { start, end };
  }
  return first?.start;
}

/** How many characters at the end of the text may be the beginning of a stop text. */
function longestBegunStop(text: string, stops: readonly string[]): number {
  return Math.max(...stops.map((stop) => begunLength(text, stop)));
}

function begunLength(text: string, stop: string): number {
  for (let length = Math.min(stop.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
