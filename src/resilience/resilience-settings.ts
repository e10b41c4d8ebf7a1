import type { Deployment } from '../domain/deployment.ts';
import { defaultDeploymentResilience, type DeploymentResilience } from './resilience.ts';

/** By name, as the catalogue has them; the defaults where it says nothing. */
export function resilienceSettings(
  deployments: readonly Deployment[],
): (name: string) => DeploymentResilience {
  const byName = new Map(deployments.map((deployment) => [deployment.name, deployment]));
  const { gate, limiter } = defaultDeploymentResilience;
  return (name) => {
    const deployment = byName.get(name);
    return {
      gate: { ...gate, breaker: deployment?.breaker ?? gate.breaker },
      limiter: deployment?.admission ?? limiter,
    };
  };
}
