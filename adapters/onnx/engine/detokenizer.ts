export interface Detokenizer {
  /** Takes the next token; gives back the text that is certain now, often '' in the middle of a character. */
  push(token: number): string;
  /** The rest, once no token follows; an unfinished character becomes U+FFFD. */
  flush(): string;
}

/**
 * Turns tokens into text one by one. A token can hold a part of a character, and what a token says can depend on the one
 * before (a leading space), so a window of tokens is decoded each time and only the new end of its text is given out:
 * the way of vLLM and text-generation-inference, except that text before an unfinished character is not held back.
 */
export function createDetokenizer(decode: (tokens: number[]) => string): Detokenizer {
  let window: number[] = [];
  let givenLength = 0;

  function give(text: string): string {
    const fresh = text.slice(givenLength);
    givenLength = Math.max(givenLength, text.length);
    return fresh;
  }

  /** Keeps only the last token as context; one without text of its own is none. */
  function shorten(): void {
    const context = window.slice(-1);
    const contextText = decode(context);
    if (contextText === '') return;
    window = context;
    givenLength = contextText.length;
  }

  return {
    push(token) {
      window.push(token);
      const text = decode(window);
      if (text.endsWith('\uFFFD')) return give(text.slice(0, -1));
      const fresh = give(text);
      shorten();
      return fresh;
    },
    flush() {
      return window.length === 0 ? '' : give(decode(window));
    },
  };
}
