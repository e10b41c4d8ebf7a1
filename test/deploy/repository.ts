import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';

const run = promisify(execFile);

export const project = join(import.meta.dirname, '../..');

export function readText(path: string): Promise<string> {
  return readFile(join(project, path), 'utf8');
}

export async function readYaml<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  return schema.parse(parse(await readText(path), { merge: true }));
}

/** Whether the program can be started at all. */
export function isInstalled(program: string): Promise<boolean> {
  return run(program, ['--version']).then(
    () => true,
    () => false,
  );
}

const service = z.looseObject({
  image: z.string(),
  ports: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()).default([]),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  restart: z.string().optional(),
  profiles: z.array(z.string()).default([]),
});

export function readCompose() {
  return readYaml('docker-compose.yml', z.object({ services: z.record(z.string(), service) }));
}
