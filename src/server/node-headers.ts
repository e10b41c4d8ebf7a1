import type { IncomingMessage } from 'node:http';
import type { HeaderReader } from '../telemetry/telemetry.ts';

/** The headers of a request that came without yoga; of one sent several times, the first. */
export function headersOf({ headers }: IncomingMessage): HeaderReader {
  return {
    get(name) {
      const value = headers[name];
      return typeof value === 'object' ? value[0] : value;
    },
  };
}
