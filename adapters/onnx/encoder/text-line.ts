/** What the line must know of a call. */
export interface TextCall {
  readonly priority: 'interactive' | 'batch';
}

/** A text that waits, and how wide the run must be that serves it. */
export interface WaitingText<Call extends TextCall> {
  readonly call: Call;
  readonly index: number;
  readonly width: number;
}

/** Texts that wait for a run, by their calls. */
export interface TextLine<Call extends TextCall, Text extends WaitingText<Call>> {
  readonly size: number;
  add(texts: readonly Text[]): void;
  /** Forgets the texts of a call. */
  remove(call: Call): void;
  /**
   * Takes texts of one width for a run, at most so many tokens with their padding. Interactive calls go before batch work, and calls
   * take turns text by text, so that a call of thousands of texts holds up nobody.
   */
  take(maxTokens: number): readonly Text[];
}

export function createTextLine<Call extends TextCall, Text extends WaitingText<Call>>(): TextLine<
  Call,
  Text
> {
  /** In the order of their turns: who had one goes to the end. */
  const waiting = new Map<Call, Text[]>();
  let size = 0;

  function lead(): Text | undefined {
    const calls = [...waiting.keys()];
    const call = calls.find(({ priority }) => priority === 'interactive') ?? calls[0];
    return call === undefined ? undefined : waiting.get(call)?.[0];
  }

  /** One text of the width from the call, which goes to the end. */
  function takeOne(call: Call, width: number): Text | undefined {
    const texts = waiting.get(call) ?? [];
    const at = texts.findIndex((text) => text.width === width);
    if (at === -1) return undefined;
    const [text] = texts.splice(at, 1);
    waiting.delete(call);
    if (texts.length > 0) waiting.set(call, texts);
    return text;
  }

  return {
    get size() {
      return size;
    },
    add(texts) {
      for (const text of texts) {
        const own = waiting.get(text.call) ?? [];
        own.push(text);
        waiting.set(text.call, own);
      }
      size += texts.length;
    },
    remove(call) {
      size -= waiting.get(call)?.length ?? 0;
      waiting.delete(call);
    },
    take(maxTokens) {
      const first = lead();
      if (first === undefined) return [];
      const rows = Math.max(1, Math.floor(maxTokens / first.width));
      const taken: Text[] = [];
      for (let more = true; more && taken.length < rows;) {
        more = false;
        const calls = [...waiting.keys()].toSorted((left, right) => rank(left) - rank(right));
        for (const call of calls.slice(0, rows - taken.length)) {
          const text = takeOne(call, first.width);
          if (text === undefined) continue;
          taken.push(text);
          more = true;
        }
      }
      size -= taken.length;
      return taken;
    },
  };
}

function rank({ priority }: TextCall): number {
  return priority === 'interactive' ? 0 : 1;
}
