import type { Plugin } from 'graphql-yoga';
import { errorResponse } from './error-response.ts';

/** A POST says `application/json`. Every other type that yoga reads is one that a page of another site can send unasked. */
export function useJsonOnly(): Plugin {
  return {
    onRequest(event) {
      if (event.request.method !== 'POST') return;
      const type = event.request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
      if (type === 'application/json') return;
      const message = 'The body of a POST must be JSON, with the header content-type: application/json.';
      event.endResponse(
        errorResponse(event.fetchAPI, { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE', message }),
      );
    },
  };
}
