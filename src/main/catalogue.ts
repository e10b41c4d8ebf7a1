import { driverOptionsSchemas } from '../../adapters/index.ts';
import type { Environment } from '../platform/config/environment.ts';
import { processEnvironment } from '../platform/config/environment.ts';
import { loadCatalog, type LoadedCatalog } from '../registry/load-catalog.ts';

/** The catalogue that these settings mean, with the drivers of this gateway. */
export function catalogueFor(environment: Environment): LoadedCatalog {
  return loadCatalog({
    file: environment.catalogFile,
    env: processEnvironment(),
    drivers: driverOptionsSchemas,
    openai: environment.openai,
  });
}
