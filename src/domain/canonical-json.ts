/**
 * JSON text that is the same for equal values, in whatever order their keys stand. A member that is `undefined` does not count.
 * @param leaveOut Names of members that do not count either, at any depth.
 */
export function canonicalJson(value: unknown, leaveOut: (name: string) => boolean = () => false): string {
  return JSON.stringify(value, (name, member: unknown) => {
    if (leaveOut(name)) return undefined;
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}
