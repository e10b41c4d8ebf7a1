import type { Policy } from '../domain/policy.ts';
import type { ValidationIssue } from '../domain/problem.ts';
import type { GenerationRequest, Principal } from '../domain/request.ts';
import type { Catalog } from '../registry/catalog.ts';
import type { TraceScope } from '../telemetry/telemetry.ts';

/** Who calls, and for how long. */
export interface Caller {
  readonly principal: Principal;
  /** The span above; `undefined` where the call is not traced. */
  readonly trace: TraceScope | undefined;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
}

/** A request whose names stand for something in this catalogue. */
export interface ResolvedRequest {
  readonly id: string;
  readonly request: GenerationRequest;
  readonly policy: Policy;
  /** The model asked for; `undefined` is any. */
  readonly model: string | undefined;
  readonly caller: Caller;
  /** Nobody reads the answer before it is whole. */
  readonly whole: boolean;
  /** The input field that held the prompt, for messages about it. */
  readonly promptPath: string;
}

export type ResolvedNames =
  | { readonly ok: true; readonly model: string | undefined; readonly policy: Policy }
  | { readonly ok: false; readonly issues: readonly ValidationIssue[] };

/** Looks up the model (or alias) and the policy that a request names. */
export function resolveNames(
  request: { readonly model: string; readonly policy: string },
  catalog: Catalog,
): ResolvedNames {
  const issues: ValidationIssue[] = [];
  const model = catalog.resolveModel(request.model);
  if (model.type === 'unknown') {
    issues.push({ path: 'input.model', message: unknown('model', request.model, model.nearest) });
  }
  const policy = catalog.policies.find(({ name }) => name === request.policy);
  if (policy === undefined) {
    const names = catalog.policies.map(({ name }) => name);
    issues.push({ path: 'input.policy', message: unknown('policy', request.policy, names) });
  }
  if (policy === undefined || model.type === 'unknown') return { ok: false, issues };
  return { ok: true, policy, model: model.type === 'all' ? undefined : model.model };
}

function unknown(what: string, name: string, others: readonly string[]): string {
  const known = others.length === 0 ? '' : `; there is ${others.map((other) => `"${other}"`).join(', ')}`;
  return `no ${what} is called "${name}"${known}`;
}
