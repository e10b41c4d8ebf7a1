import { ModelImportError } from '../import/index.ts';
import { LoadFailure } from '../load-failure.ts';
import { ReferenceUnavailable } from './reference-model.ts';
import type { VerifyRow } from './verify-row.ts';

export interface ComparisonSource {
  /** Path of the file that was named. */
  readonly source: string | undefined;
  /** What can be named, in words. */
  readonly sourceFile: string;
}

/**
 * Why a model was not compared. A source that was named must serve; a folder need not be one whose weights can be read back. Throws
 * what nobody foresaw.
 */
export function withoutComparison(error: unknown, { source, sourceFile }: ComparisonSource): VerifyRow {
  if (error instanceof ReferenceUnavailable) {
    const outcome = source === undefined ? 'skipped' : 'failed';
    const remedy =
      source === undefined ? ` Import the model again, or name ${sourceFile} with --source.` : '';
    return { check: 'reference', outcome, found: `None: ${error.message}.${remedy}` };
  }
  if (error instanceof ModelImportError) {
    return { check: 'reference', outcome: 'failed', found: `The source cannot be read: ${error.message}` };
  }
  if (error instanceof LoadFailure) return { check: 'tokenizer', outcome: 'failed', found: error.message };
  if (source !== undefined && error instanceof Error && 'code' in error && error.code === 'ENOENT') {
    return { check: 'reference', outcome: 'failed', found: `There is no file ${source}.` };
  }
  throw error;
}
