import { env } from 'node:process';

/** The variables that programs need anywhere, without those that steer a gateway: nobody's own key or setting reaches a measurement. */
export function inheritedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || /^(SWITCHYARD|OPENAI|OTEL|HF|LITELLM)_|^(PORT|HOST|NODE_OPTIONS)$/.test(name)
        ? []
        : [[name, value]],
    ),
  );
}
