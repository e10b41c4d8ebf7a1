/** What V8 takes for an object or an array beside its members, roughly. */
const objectBytes = 64;

/** Memory of plain data without cycles, roughly. JavaScript keeps texts with two bytes a character, unless all of them are Latin. */
export function plainDataBytes(value: unknown): number {
  if (typeof value === 'string') return 2 * value.length;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.values(value).reduce((sum: number, member) => sum + plainDataBytes(member), objectBytes);
}
