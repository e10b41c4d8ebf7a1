import type { Plugin } from 'graphql-yoga';
import { errorResponse } from './error-response.ts';
import { refusalOfOrigin } from './origin.ts';

/** Refuses what pages of other sites send, unless their origin is allowed. */
export function useOriginGuard(allowed: readonly string[]): Plugin {
  return {
    onRequest(event) {
      const message = refusalOfOrigin(event.request.headers, allowed);
      if (message === undefined) return;
      event.endResponse(errorResponse(event.fetchAPI, { status: 403, code: 'ORIGIN_NOT_ALLOWED', message }));
    },
  };
}
