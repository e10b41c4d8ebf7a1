import type { Locator, Page } from 'playwright-core';

/** Where an operation is written. */
export const editor = (page: Page): Locator => page.locator('.graphiql-query-editor textarea').first();
/** Where the latest answer, or event of a stream, is shown. */
export const response = (page: Page): Locator => page.locator('.result-window');

/** Runs what is written, as a person at a keyboard does. */
export async function run(page: Page): Promise<void> {
  await editor(page).focus();
  await page.keyboard.press('Control+Enter');
}

/** Everything that the response pane shows from now on, one entry for each change. */
export async function record(page: Page): Promise<readonly string[]> {
  const shown: string[] = [];
  await page.exposeFunction('noteShown', (text: string) => {
    // The editor writes spaces that do not break.
    shown.push(text.replaceAll('\u00a0', ' '));
  });
  await page.evaluate(`{
    const pane = document.querySelector('.result-window');
    const note = () => noteShown(pane.textContent);
    new MutationObserver(note).observe(pane, { childList: true, characterData: true, subtree: true });
  }`);
  return shown;
}
