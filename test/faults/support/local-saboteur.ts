import { systemClock as clock } from '../../../src/platform/clock.ts';
import { childrenOf } from './local-model.ts';
import { chatDeployments, embedDeployment, type LocalRig } from './local-rig.ts';
import { pick, type Saboteur } from './saboteur.ts';

const deployments = [...chatDeployments, embedDeployment];

const sabotages: Readonly<Record<string, (rig: LocalRig, random: () => number) => unknown>> = {
  'a process is killed': (rig, random) => signalOne(rig, 'SIGKILL', random),
  'a process is frozen': (rig, random) => signalOne(rig, 'SIGSTOP', random),
  'all processes are killed': ({ gateway }) => {
    for (const pid of childrenOf(gateway.process.pid)) kill(pid, 'SIGKILL');
  },
  'unload and load': async ({ operate }, random) => {
    const deployment = pick(deployments, random);
    await operate('unloadModel', deployment);
    await operate('loadModel', deployment);
  },
  reload: async ({ operate }, random) => await operate('reloadModel', pick(deployments, random)),
};

function signalOne({ gateway }: LocalRig, name: NodeJS.Signals, random: () => number): void {
  const processes = childrenOf(gateway.process.pid);
  if (processes.length > 0) kill(pick(processes, random), name);
}

function kill(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended since it was listed.
  }
}

/** One fault after the other, with times of health between. */
export function startLocalSaboteur(rig: LocalRig, random: () => number): Saboteur {
  const stopping = new AbortController();
  let present = 'well';
  const run = (async () => {
    while (!stopping.signal.aborted) {
      await pause(5000 + 10_000 * random(), stopping.signal);
      if (stopping.signal.aborted) break;
      const [name, sabotage] = pick(Object.entries(sabotages), random);
      present = name;
      await sabotage(rig, random);
    }
    // What fits into memory together comes back. The other one would wait for its turn, and take what is idle for a moment.
    await rig.operate('unloadModel', chatDeployments[1]);
    for (const deployment of [chatDeployments[0], embedDeployment])
      await rig.operate('loadModel', deployment);
  })();
  return {
    present: () => present,
    async stop() {
      stopping.abort();
      await run;
    },
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(ms, resolve);
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  cancel();
}
