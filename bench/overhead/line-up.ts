import { UsageError } from './options.ts';
import { servers } from './servers/index.ts';
import { serverNames, type Install, type Server, type ServerName } from './servers/server.ts';

export interface LineUpOptions extends Install {
  /** Undefined: all that are there. */
  readonly wanted: readonly ServerName[] | undefined;
  progress(line: string): void;
}

/** The servers that take part, in the order of their turns. One that was asked for by name has to be there. */
export async function lineUp({ wanted, progress, ...install }: LineUpOptions): Promise<readonly Server[]> {
  const found: Server[] = [];
  for (const name of serverNames) {
    if (wanted !== undefined && !wanted.includes(name)) continue;
    const server = servers[name];
    const missing = await server.missing(install);
    if (missing === undefined) found.push(server);
    else if (wanted === undefined) progress(`${name} is left out: ${missing}`);
    else throw new UsageError(`${name} cannot be measured: ${missing}`);
  }
  return found;
}
