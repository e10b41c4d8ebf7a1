import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

const maxDocuments = 1000;
const maxBytes = 33_554_432;

/** Memory of a parsed document per token, measured: 240 to 420 bytes. A character of its text takes at most two. */
const bytesPerToken = 400;
const bytesPerCharacter = 2;

export type DocumentCache = ReturnType<typeof createDocumentCache>['documentCache'];

/**
 * What has been read once is not lexed, parsed or validated again, for each transport. Clients that write prompts into documents send
 * ever new ones, so that it is bounded in bytes as well; validation is remembered with the document.
 */
export function createDocumentCache() {
  return {
    documentCache: new LRUCache<string, DocumentNode>({
      max: maxDocuments,
      maxSize: maxBytes,
      sizeCalculation: ({ tokenCount = 0 }, text) =>
        1 + text.length * bytesPerCharacter + tokenCount * bytesPerToken,
    }),
    errorCache: new LRUCache<string, Error>({
      max: maxDocuments,
      maxSize: maxBytes / 8,
      sizeCalculation: (_error, text) => 1 + text.length * bytesPerCharacter,
    }),
  };
}
