import type { Flags } from '../platform/config/command-line.ts';
import { processEnvironment, readEnvironment } from '../platform/config/environment.ts';
import { checkReport } from '../registry/check-report.ts';
import { catalogueFor } from './catalogue.ts';

/** Validates the catalogue and prints what it declares. */
export function check(flags: Flags): Promise<void> {
  const { catalog, file } = catalogueFor(readEnvironment(processEnvironment(), flags));
  process.stdout.write(`${file ?? 'built-in catalogue'}: no problems\n\n${checkReport(catalog)}`);
  return Promise.resolve();
}
