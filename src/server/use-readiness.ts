import type { Plugin } from 'graphql-yoga';

export interface Readiness {
  readonly ready: boolean;
  /** Why it is not ready. */
  readonly reason?: string;
}

/** `/readyz`: 200 while the gateway can serve, else 503 with the reason. Yoga itself answers `/livez`. */
export function useReadiness(readiness: () => Readiness): Plugin {
  return {
    onRequest(event) {
      if (event.url.pathname !== '/readyz') return;
      const { ready, reason } = readiness();
      const body = JSON.stringify(ready ? { status: 'ready' } : { status: 'not ready', reason });
      const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
      event.endResponse(new event.fetchAPI.Response(body, { status: ready ? 200 : 503, headers }));
    },
  };
}
