import { z } from 'zod';
import { didYouMean } from '../platform/nearest-names.ts';
import { builtinPolicies } from './builtin-policies.ts';
import { anyModel } from './catalog.ts';
import type { Path, Problem } from './problem.ts';

/** As much of a file as the rules need, whatever else is wrong with it: so that all problems are found at once. */
const outlineSchema = z.object({
  deployments: z
    .array(
      z
        .object({
          name: z.string().optional().catch(undefined),
          model: z.string().optional().catch(undefined),
          local: z.boolean().catch(false),
          prices: z.unknown().optional(),
        })
        .catch({ name: undefined, model: undefined, local: true, prices: undefined }),
    )
    .catch([]),
  aliases: z.record(z.string(), z.unknown()).catch({}),
  policies: z
    .record(
      z.string(),
      z.object({ weights: z.record(z.string(), z.unknown()).optional().catch(undefined) }).catch({}),
    )
    .catch({}),
  defaults: z.object({ policy: z.string().optional().catch(undefined) }).catch({}),
});

type Outline = z.infer<typeof outlineSchema>;

/** What must hold between the parts of a catalogue file. */
export function ruleProblems(file: unknown): readonly Problem[] {
  const outline = outlineSchema.safeParse(file).data;
  if (outline === undefined) return [];
  return [...deploymentProblems(outline), ...aliasProblems(outline), ...policyProblems(outline)];
}

function deploymentProblems({ deployments }: Outline): readonly Problem[] {
  const firstWith = new Map<string, number>();
  const problems: Problem[] = [];
  for (const [index, { name, model, local, prices }] of deployments.entries()) {
    const path: Path = ['deployments', index];
    if (name === undefined) continue;
    const first = firstWith.get(name);
    if (first === undefined) firstWith.set(name, index);
    else problems.push(problem([...path, 'name'], `"${name}" is the name of deployments[${first}] as well`));
    if ((model ?? name) === anyModel)
      problems.push(problem([...path, model === undefined ? 'name' : 'model'], autoIsTaken));
    if (!local && prices === undefined) {
      problems.push(problem([...path, 'prices'], 'is missing; only a local deployment may leave it out'));
    }
  }
  return problems;
}

const autoIsTaken = `"${anyModel}" stands for every deployment and cannot be declared`;

function aliasProblems({ deployments, aliases }: Outline): readonly Problem[] {
  const models = new Set(deployments.flatMap(({ name, model }) => model ?? name ?? []));
  const known = [...models, ...Object.keys(aliases)];
  return Object.entries(aliases).flatMap(([alias, target]) => {
    const path: Path = ['aliases', alias];
    if (alias === anyModel) return [{ ...problem(path, autoIsTaken), atKey: true }];
    if (models.has(alias)) return [{ ...problem(path, 'is the name of a model already'), atKey: true }];
    // The schema has its say on what is no text.
    if (typeof target !== 'string') return [];
    if (!models.has(target) && !Object.hasOwn(aliases, target)) {
      return [problem(path, `must be a model or an alias of this file${didYouMean(target, known)}`)];
    }
    const circle = circleFrom(alias, aliases);
    return circle === undefined ? [] : [problem(path, `leads back to itself: ${circle.join(' -> ')}`)];
  });
}

/** The way from an alias to itself, or `undefined` where it leads to an end. */
function circleFrom(alias: string, aliases: Outline['aliases']): readonly string[] | undefined {
  const way = [alias];
  let next = aliases[alias];
  while (typeof next === 'string' && !way.includes(next)) {
    way.push(next);
    next = Object.hasOwn(aliases, next) ? aliases[next] : undefined;
  }
  return next === alias ? [...way, alias] : undefined;
}

function policyProblems({ policies, defaults }: Outline): readonly Problem[] {
  const weightless = Object.entries(policies)
    .filter(
      ([, { weights }]) => weights !== undefined && Object.values(weights).every((weight) => weight === 0),
    )
    .map(([name]) => problem(['policies', name, 'weights'], 'must have at least one weight above 0'));
  const known = new Set([...builtinPolicies.map(({ name }) => name), ...Object.keys(policies)]);
  if (defaults.policy === undefined || known.has(defaults.policy)) return weightless;
  const message = `must be a policy: one of ${[...known].join(', ')}${didYouMean(defaults.policy, known)}`;
  return [...weightless, problem(['defaults', 'policy'], message)];
}

function problem(path: Path, message: string): Problem {
  return { path, message };
}
