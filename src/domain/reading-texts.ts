import type { Reading } from './request.ts';

/** Everything that a model reads. A query is read again with every document. */
export function readingTexts(reading: Reading): readonly string[] {
  switch (reading.task) {
    case 'embed':
    case 'classify':
      return reading.texts;
    case 'rerank':
      return reading.documents.flatMap((document) => [reading.query, document]);
  }
}
