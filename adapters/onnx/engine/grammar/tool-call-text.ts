/**
 * How a tool call is written in an answer, the way of the Hermes models that Qwen and others took over: an object with name and
 * arguments between two tags.
 */
export const toolCallTags = {
  trigger: '<tool_call>',
  begin: (name: string): string => `<tool_call>\n{"name": ${JSON.stringify(name)}, "arguments": `,
  end: '}\n</tool_call>',
} as const;

/** What a piece of an answer turned out to be. */
export type AnswerPiece =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'call'; readonly name: string }
  | { readonly type: 'arguments'; readonly text: string };

type Stage = 'words' | 'head' | 'arguments' | 'tail';

/** Tells words and the parts of a tool call apart, as they come. */
export interface ToolCallText {
  /** Whether the arguments of a call are being written. */
  readonly inArguments: boolean;
  push(text: string): readonly AnswerPiece[];
  /** What was held back as the possible beginning of a call, once nothing follows. */
  flush(): readonly AnswerPiece[];
}

const headPattern = /^<tool_call>\n\{"name": ("(?:[^"\\]|\\.)*"), "arguments": /;

export function createToolCallText(): ToolCallText {
  const scanner = createObjectScanner();
  let stage: Stage = 'words';
  let held = '';

  function words(pieces: AnswerPiece[]): boolean {
    const start = held.indexOf(toolCallTags.trigger);
    const certain = start === -1 ? held.length - begunLength(held, toolCallTags.trigger) : start;
    if (certain > 0) pieces.push({ type: 'text', text: held.slice(0, certain) });
    held = held.slice(certain);
    if (start !== -1) stage = 'head';
    return start !== -1;
  }

  function head(pieces: AnswerPiece[]): boolean {
    const found = headPattern.exec(held);
    if (found === null) return false;
    const name: unknown = JSON.parse(found[1] ?? '""');
    pieces.push({ type: 'call', name: String(name) });
    held = held.slice(found[0].length);
    stage = 'arguments';
    return true;
  }

  function inner(pieces: AnswerPiece[]): boolean {
    const end = scanner.endIn(held);
    const text = held.slice(0, end);
    if (text !== '') pieces.push({ type: 'arguments', text });
    held = held.slice(text.length);
    if (end === undefined) return false;
    stage = 'tail';
    return true;
  }

  function step(pieces: AnswerPiece[]): boolean {
    switch (stage) {
      case 'words':
        return words(pieces);
      case 'head':
        return head(pieces);
      case 'arguments':
        return inner(pieces);
      case 'tail':
        held = '';
        return false;
    }
  }

  return {
    get inArguments() {
      return stage === 'arguments';
    },
    push(text) {
      held += text;
      const pieces: AnswerPiece[] = [];
      while (step(pieces));
      return pieces;
    },
    flush() {
      const rest = stage === 'words' && held !== '' ? [{ type: 'text', text: held } as const] : [];
      held = '';
      return rest;
    },
  };
}

/** How much of the end of a text may be the beginning of the mark. */
function begunLength(text: string, mark: string): number {
  for (let length = Math.min(mark.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(mark.slice(0, length))) return length;
  }
  return 0;
}

/** Finds the end of a JSON object that comes in pieces. */
function createObjectScanner(): { endIn(text: string): number | undefined } {
  let depth = 0;
  let inString = false;
  let escaped = false;

  /** Whether the object ends with this character. */
  function ends(character: string): boolean {
    if (inString) {
      if (escaped) escaped = false;
      else if (character === '\\') escaped = true;
      else if (character === '"') inString = false;
      return false;
    }
    if (character === '"') inString = true;
    if (character === '{' || character === '[') depth += 1;
    if (character === '}' || character === ']') depth -= 1;
    return depth === 0 && (character === '}' || character === ']');
  }

  return {
    endIn(text) {
      let at = 0;
      for (const character of text) {
        at += character.length;
        if (ends(character)) return at;
      }
      return undefined;
    },
  };
}
