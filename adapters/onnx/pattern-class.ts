const single = "[A-Za-z0-9_ .,:;@/#=~+*?()|$!%&'<>{}-]";
const memberOf = new RegExp(
  String.raw`(?:([a-z])-([a-z])|([A-Z])-([A-Z])|([0-9])-([0-9])|(${single})|\\([dw.+*?()|^$/{}[\]-]))`,
  'y',
);

/** The members of a class as patterns write it, single characters and ranges; `undefined` for one that is not supported. */
export function readClass(text: string): readonly string[] | undefined {
  if (!text.startsWith('[')) return escapedMembers(text.slice(-1));
  const inner = text.slice(1, -1);
  const members: string[] = [];
  for (let at = 0; at < inner.length; at = memberOf.lastIndex) {
    memberOf.lastIndex = at;
    const found = memberOf.exec(inner);
    // A range of other characters depends on their order, which nobody knows by heart.
    const isOddRange =
      found?.[0] !== undefined &&
      !/^.-.$/.test(found[0]) &&
      /^-./.test(inner.slice(memberOf.lastIndex)) &&
      found[0] !== '-';
    if (found === null || isOddRange) return undefined;
    const escaped = found.at(-1);
    members.push(...(escaped === undefined ? [found[0]] : escapedMembers(escaped)));
  }
  return members;
}

function escapedMembers(character: string): readonly string[] {
  if (character === 'd') return ['0-9'];
  if (character === 'w') return ['A-Z', 'a-z', '0-9', '_'];
  return [character];
}

/** All characters of a class, in order. */
export function charactersOf(members: readonly string[]): string {
  const characters = members.flatMap((member) => {
    const [from = '', , to] = member;
    if (to === undefined) return [from];
    const count = to.charCodeAt(0) - from.charCodeAt(0) + 1;
    return Array.from({ length: count }, (_, index) => String.fromCharCode(from.charCodeAt(0) + index));
  });
  return characters.toSorted().join('');
}
