/** Keeps what a message says from being read as the model's own control tokens, such as the end of a turn. */
export interface ControlTokens {
  /** The text with a cut in every control token that stands written in it. */
  readonly disarm: (text: string) => string;
  /** A prompt as the texts between its cuts: encoded one by one, none of them holds a control token of a message. */
  readonly pieces: (prompt: string) => readonly string[];
}

/** Half of a surrogate pair: no well-formed text holds it, and messages are well-formed. */
const cut = '\uD800';
/** By code point: the same half inside a whole pair is no cut. */
const loneCut = /\uD800/u;

export function createControlTokens(tokens: readonly string[]): ControlTokens {
  // One of a single character has no place for a cut.
  const marked = tokens
    .map((token) => [token, withCut(token)] as const)
    .filter(([token, text]) => token !== text);
  return {
    disarm: (text) => marked.reduce((whole, [token, harmless]) => whole.replaceAll(token, harmless), text),
    pieces: (prompt) => prompt.split(loneCut),
  };
}

function withCut(token: string): string {
  const [first = '', ...rest] = token;
  return rest.length === 0 ? token : `${first}${cut}${rest.join('')}`;
}
