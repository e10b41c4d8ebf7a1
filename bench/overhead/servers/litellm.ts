import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { flags } from '../flags.ts';
import { freePort, listening } from '../ports.ts';
import { missingPackage, programOf, type PythonPackage } from './python-package.ts';
import type { Server, Surroundings } from './server.ts';

/** Some later versions of this package were published by an attacker: it stays pinned. */
const wanted: PythonPackage = {
  name: 'litellm',
  requirements: ['litellm[proxy]==1.106.2', 'httptools'],
  program: 'litellm',
};
const masterKey = `sk-${randomBytes(32).toString('hex')}`;

/** LiteLLM's proxy with one worker, from PyPI. */
export const litellm: Server = {
  name: 'litellm',
  slowToWarm: false,
  lgFlags: () => ['-H', `authorization: Bearer ${masterKey}`],
  missing: (install) => missingPackage(wanted, install),
  async start(surroundings) {
    const port = await freePort();
    const config = join(surroundings.scratch, 'litellm.yaml');
    writeFileSync(config, stringify({ model_list: modelList(surroundings) }));
    const { pid, stop } = await surroundings.processes.start(
      {
        file: programOf(wanted),
        args: flags({
          '--config': config,
          '--host': '127.0.0.1',
          '--port': port,
          '--num_workers': 1,
          '--telemetry': 'False',
        }),
        core: 'server',
        env: {
          LITELLM_MASTER_KEY: masterKey,
          LITELLM_LOCAL_MODEL_COST_MAP: 'True',
          LITELLM_LOG: 'ERROR',
          LITELLM_MODE: 'PRODUCTION',
        },
      },
      { until: (signal) => listening(port, signal) },
    );
    return { port, pid, stop };
  },
};

function modelList({ models, mockPort }: Surroundings): readonly object[] {
  return models.map((model) => ({
    model_name: model,
    litellm_params: {
      model: `openai/${model}`,
      api_base: `http://127.0.0.1:${mockPort}/v1`,
      api_key: 'sk-mock',
    },
  }));
}
