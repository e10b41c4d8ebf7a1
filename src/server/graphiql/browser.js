/* global YogaGraphiQL, graphqlSse, graphqlWs */

// Runs in browsers as it stands here, after GraphiQL, graphql-sse and graphql-ws.

const { tabs } = JSON.parse(document.getElementById('page').textContent);
const root = document.getElementById('root');

const workers = {
  editorWorkerService: 'editor-worker.js',
  json: 'json-worker.js',
  graphql: 'graphql-worker.js',
};
globalThis.MonacoEnvironment = { getWorkerUrl: (_module, label) => asset(workers[label]) };

// The editor measures its letters once, and puts the cursor by that.
await Promise.all(['1em "Fira Code"', '1em Roboto'].map((font) => document.fonts.load(font)));
keepTabsInPlace();
YogaGraphiQL.renderYogaGraphiQL(root, {
  title: document.title,
  logo: `<img src="${asset('logo.svg')}" width="28" height="28" alt="" />`,
  defaultTabs: tabs,
  defaultEditorToolsVisibility: false,
  storage: ownStorage('switchyard:'),
  fetcher: (operation, { headers, documentAST }) =>
    isSubscription(documentAST, operation.operationName)
      ? subscription(operation, headers)
      : answer(operation, headers),
  // Left alone, each edit goes into the address of the page, and with a reload prompts into the logs of proxies.
  onEditQuery() {},
  // Keys are typed there.
  shouldPersistHeaders: false,
});

function asset(name) {
  return new URL(name, import.meta.url).href;
}

/**
 * Once the window has changed its size, GraphiQL takes each tab for dragged to the far right: a click would hit nothing or move the tab.
 * So tabs are not dragged. The style goes with it: a tab that has the focus would jump there.
 */
function keepTabsInPlace() {
  root.addEventListener(
    'pointerdown',
    (event) => {
      if (event.target.closest('.graphiql-tab') !== null) event.stopPropagation();
    },
    { capture: true },
  );
  document.head.append(
    Object.assign(document.createElement('style'), {
      textContent: '.graphiql-tab { transform: none !important }',
    }),
  );
}

/** GraphiQL keeps tabs by origin, and at the same port of the same host other servers are developed. */
function ownStorage(prefix) {
  return {
    getItem: (key) => localStorage.getItem(prefix + key),
    setItem: (key, value) => localStorage.setItem(prefix + key, value),
    removeItem: (key) => localStorage.removeItem(prefix + key),
    clear() {
      for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key);
    },
  };
}

function isSubscription(document, name) {
  return document?.definitions.some(
    (definition) => definition.operation === 'subscription' && (!name || definition.name?.value === name),
  );
}

async function answer(operation, headers) {
  const response = await fetch(location.pathname, {
    method: 'POST',
    headers: {
      accept: 'application/graphql-response+json, application/json',
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify(operation),
  });
  return await response.json();
}

function subscription(operation, headers) {
  const withTextSoFar = collectText();
  const stream = Object.keys(headers ?? {}).length > 0 ? streamEvents : streamOverSocket;
  return {
    subscribe: (sink) => ({
      unsubscribe: stream(operation, { ...sink, next: (event) => sink.next(withTextSoFar(event)) }, headers),
    }),
  };
}

/**
 * Of event streams a browser holds six to one host, in all its tabs: the seventh would wait, and every query with it. WebSockets are not
 * counted there, but carry no headers, and some proxies let none through.
 */
function streamOverSocket(operation, sink) {
  const { pathname, protocol, host } = location;
  const client = graphqlWs.createClient({
    url: `${protocol.replace('http', 'ws')}//${host}${pathname}`,
    retryAttempts: 0,
  });
  let connected = false;
  client.on('connected', () => (connected = true));
  let stop = client.subscribe(operation, {
    ...sink,
    error(error) {
      if (connected) sink.error(error);
      else stop = streamEvents(operation, sink);
    },
  });
  return () => stop();
}

function streamEvents(operation, sink, headers) {
  const client = graphqlSse.createClient({ url: location.pathname, headers, retryAttempts: 0 });
  return client.subscribe(operation, sink);
}

/** GraphiQL shows one event at a time. Beside a piece of text stands all that has come; no field can have such a name. */
function collectText() {
  const texts = new Map();
  return (event) => {
    const [field] = Object.values(event.data ?? {});
    if (typeof field?.text !== 'string') return event;
    const text = (texts.get(field.__typename) ?? '') + field.text;
    texts.set(field.__typename, text);
    return { ...event, 'text so far': text };
  };
}
