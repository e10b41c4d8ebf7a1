import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readExamples } from '../../src/main/examples.ts';
import { startBrowser, visit } from '../support/browser.ts';
import { modelReady, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';
import { record, response, run } from '../support/graphiql-page.ts';
import { realDataDirectory } from '../support/real-data.ts';

/** `SWITCHYARD_SCREENSHOT=1 npm run test:real graphiql` makes the picture of the README anew. */
// oxlint-disable-next-line node/no-process-env -- a test is its own composition root
const pictureWanted = process.env['SWITCHYARD_SCREENSHOT'] === '1';
const picture = fileURLToPath(new URL('../../docs/graphiql.png', import.meta.url));

let gateway: GatewayProcess;
let browser: Browser;

beforeAll(async () => {
  gateway = await startGatewayProcess({ dataDirectory: realDataDirectory });
  browser = await startBrowser();
  await modelReady(gateway);
});

afterAll(async () => {
  await browser.close();
  await gateway.stop();
});

/** A visit of someone new. At its end the page has asked no other host for anything, and has complained of nothing. */
async function onFirstVisit(use: (page: Page) => Promise<void>, address = gateway.url): Promise<void> {
  const { page, requests, complaints } = await visit(browser, address);
  await page.getByRole('tab', { selected: true }).waitFor();
  await use(page);
  const { origin } = new URL(gateway.url);
  expect(requests.filter((request) => new URL(request).origin !== origin)).toEqual([]);
  expect(complaints).toEqual([]);
  await page.context().close();
}

const tabs = (page: Page) => page.getByRole('tab').getByRole('button', { name: /^\w+$/ });
async function openTab(page: Page, name: string): Promise<void> {
  // GraphiQL reads the text of a tab a moment after it shows it, and keeps what it has read.
  const read = stored(page, 'query', `value.includes('${name}')`);
  await tabs(page).getByText(name, { exact: true }).click();
  await read;
}

/** Resolves when the page keeps a `value` that fits. */
async function stored(page: Page, key: string, fits: string): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    const { setItem } = Storage.prototype;
    Storage.prototype.setItem = function (key, value) {
      setItem.call(this, key, value);
      if (key === 'switchyard:graphiql:${key}' && (${fits})) resolve();
    };
  })`);
}

/** The page with a subscription that tells something at once. */
function loads(): string {
  const address = new URL(gateway.url);
  address.searchParams.set('query', 'subscription { loadChanged { load { step } } }');
  return address.href;
}

describe('GraphiQL', () => {
  test('opens the examples in tabs', async () => {
    await onFirstVisit(async (page) => {
      expect(await page.title()).toBe('Switchyard');
      const names = (await readExamples()).map(
        ({ query }) => /^(?:query|subscription) (\w+)/m.exec(query)?.[1],
      );
      expect(await tabs(page).allTextContents()).toEqual(names);
    });
  });

  test('runs a query by Ctrl-Enter', async () => {
    await onFirstVisit(async (page) => {
      await run(page);
      await response(page).getByText('"finishReason"').waitFor();
      expect(await response(page).textContent()).toMatch(/"text":.*Paris/);
    });
  });

  test('shows a stream grow', async () => {
    await onFirstVisit(async (page) => {
      const shown = await record(page);
      await openTab(page, 'FirstStream');
      await run(page);
      await response(page).getByText('GenerationCompleted').waitFor();
      const texts = shown.flatMap((text) => /"text so far": "(.*)"/.exec(text)?.[1] ?? []);
      expect(new Set(texts).size).toBeGreaterThan(5);
      expect(texts.map((text) => text.length)).toEqual(
        texts.map((text) => text.length).sort((a, b) => a - b),
      );
      if (pictureWanted) await page.screenshot({ path: picture });
    });
  });

  test('stops a generation', async () => {
    const input = '{ prompt: "Tell me a long story about a small robot.", cache: { mode: OFF } }';
    const address = new URL(gateway.url);
    address.searchParams.set('query', `subscription { generateStream(input: ${input}) { __typename } }`);
    await onFirstVisit(async (page) => {
      await run(page);
      await response(page).getByText('TextDelta').waitFor();
      await page.getByRole('button', { name: /^Stop query/ }).click();
      await gateway.logged(({ problem }) => problem === 'CANCELLED');
    }, address.href);
  });

  test('streams as events where a proxy lets no socket through', async () => {
    await onFirstVisit(async (page) => {
      await page.routeWebSocket(/graphql/, async (socket) => await socket.close());
      await run(page);
      await response(page).getByText('"READY"').waitFor();
    }, loads());
  });

  test('streams over a socket, and where headers must go along as events', async () => {
    await onFirstVisit(async (page) => {
      const socket = page.waitForEvent('websocket');
      await run(page);
      await response(page).getByText('"READY"').waitFor();
      expect((await socket).url()).toBe(gateway.url.replace('http', 'ws'));
      await page.getByRole('button', { name: /^Stop query/ }).click();
      await page.getByRole('button', { name: 'Headers', exact: true }).click();
      await page.locator('.graphiql-editor-tool textarea').last().focus();
      await page.keyboard.insertText('{ "x-tenant": "a" }');
      const events = page.waitForRequest((request) => request.headers()['accept'] === 'text/event-stream');
      await run(page);
      expect((await events).headers()['x-tenant']).toBe('a');
    }, loads());
  });

  test('keeps the tabs of a visitor, and no query in the address', async () => {
    await onFirstVisit(async (page) => {
      await openTab(page, 'Embed');
      const closed = stored(page, 'tabState', `!value.includes('Embed')`);
      await page.getByRole('tab', { selected: true }).getByRole('button', { name: 'Close Tab' }).click();
      await closed;
      const left = await tabs(page).allTextContents();
      expect(left).not.toContain('Embed');
      await page.reload();
      await page.getByRole('tab', { selected: true }).waitFor();
      expect(await tabs(page).allTextContents()).toEqual(left);
      expect(page.url()).toBe(gateway.url);
    });
  });

  test('explains the schema', async () => {
    await onFirstVisit(async (page) => {
      await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
      await page.locator('.graphiql-doc-explorer').getByRole('link', { name: 'Query' }).click();
      await page.getByText('Several of these fields in one document run side by side.').waitFor();
    });
  });
});
