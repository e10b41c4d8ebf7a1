import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigurationError } from '../platform/configuration-error.ts';
import { builtinCatalog, type OpenAiAccount } from './builtin-catalog.ts';
import { readCatalogFile } from './catalog-file.ts';
import type { DriverFacts } from './complete-options.ts';
import { createCatalog, type Catalog } from './catalog.ts';

export const defaultCatalogFile = 'switchyard.yaml';

export interface LoadCatalogOptions extends DriverFacts {
  /** The file that was asked for; `undefined` takes `switchyard.yaml` of the working directory, or the built-in catalogue. */
  readonly file: string | undefined;
  /**
   * Where relative files are looked for.
   * @default the working directory
   */
  readonly directory?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For the built-in catalogue: without key and base URL it has no OpenAI models. */
  readonly openai: OpenAiAccount;
}

export interface LoadedCatalog {
  readonly catalog: Catalog;
  /** The file, or `undefined` for the built-in catalogue. */
  readonly file: string | undefined;
}

/** @throws ConfigurationError where the file cannot be read or is wrong. */
export function loadCatalog(options: LoadCatalogOptions): LoadedCatalog {
  const { directory = '.' } = options;
  const isThere = existsSync(resolve(directory, defaultCatalogFile));
  const file = options.file ?? (isThere ? defaultCatalogFile : undefined);
  const declaration =
    file === undefined
      ? builtinCatalog(options)
      : readCatalogFile(readText(file, directory), { ...options, file });
  return { catalog: createCatalog(declaration), file };
}

function readText(file: string, directory: string): string {
  try {
    return readFileSync(resolve(directory, file), 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const reason = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${String(code)})`;
    throw new ConfigurationError(
      `The catalogue ${file} was asked for, but ${reason}. See SWITCHYARD_CONFIG and --config.`,
      {
        cause: error,
      },
    );
  }
}
