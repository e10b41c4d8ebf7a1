/** Tokens of a text or a pair with the special ones of its model, and the type of each. */
export interface FramedTokens {
  readonly tokens: readonly number[];
  readonly types: readonly number[];
}

/**
 * Shortens texts until they fit into the context and leaves the special tokens around them in place. Of a pair the longer text loses
 * its end, until both are of one length (`longest_first` of Hugging Face's tokenizers).
 *
 * @param parts the tokens of each text alone, as they stand in the frame.
 */
export function fitted(
  { tokens, types }: FramedTokens,
  parts: readonly (readonly number[])[],
  contextTokens: number,
): FramedTokens {
  const special = tokens.length - parts.reduce((sum, part) => sum + part.length, 0);
  const kept = shares(
    parts.map(({ length }) => length),
    Math.max(0, contextTokens - special),
  );
  const dropped = new Set<number>();
  let from = 0;
  for (const [index, part] of parts.entries()) {
    const at = placeOf(part, tokens, from);
    for (let token = kept[index] ?? 0; token < part.length; token += 1) dropped.add(at + token);
    from = at + part.length;
  }
  const keep = (_: number, at: number): boolean => !dropped.has(at);
  return { tokens: tokens.filter(keep), types: types.filter(keep) };
}

/** How many tokens each of one or two texts may keep. */
function shares(lengths: readonly number[], room: number): readonly number[] {
  const [first = 0, second] = lengths;
  if (second === undefined) return [Math.min(first, room)];
  const half = Math.floor(room / 2);
  if (first <= half) return [first, Math.min(second, room - first)];
  if (second <= half) return [Math.min(first, room - second), second];
  return [room - half, half];
}

/** Where the part begins: before it stand special tokens only. */
function placeOf(part: readonly number[], tokens: readonly number[], from: number): number {
  const last = tokens.length - part.length;
  for (let at = from; at < last; at += 1) {
    if (part.every((token, offset) => tokens[at + offset] === token)) return at;
  }
  return last;
}
