/** The flags of a command line: each name followed by its value. */
export function flags(values: Readonly<Record<string, string | number>>): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => [name, String(value)]);
}
