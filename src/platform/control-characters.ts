/**
 * Text that a terminal or a line reader takes as one harmless line. JSON escapes the first 32 characters itself, but terminals
 * obey U+009B like ESC [ as well, and some readers end a line at U+2028.
 */
export function escapeControls(text: string): string {
  return text.replace(
    // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
