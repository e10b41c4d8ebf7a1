import type { AcquireRequest } from '../acquire-model.ts';
import type { Workspace } from './workspace.ts';

/** What the stagers of all kinds of source work with. */
export interface Staging {
  readonly request: AcquireRequest;
  readonly workspace: Workspace;
}
