/** Whether a path from a catalogue, a manifest or a hub stays below the folder it is joined to, on every platform. */
export function isRelativePath(path: string): boolean {
  if (path.length > 300 || /[\\:\0]/.test(path)) return false;
  return path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}
