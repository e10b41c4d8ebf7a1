import type { BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import type { LocalModelStatus } from '../../adapters/local-contract.ts';
import type { Deployment, DeploymentState } from '../domain/deployment.ts';
import { counters, gauges, genAi, switchyard, type MetricDefinition } from './semconv.ts';

/** The models of this machine, as `deployments { local }` shows them. */
export interface LocalModelsReading {
  /** Most memory that all of them may reserve together. */
  readonly budgetBytes: number;
  readonly models: readonly LocalModelReading[];
}

export interface LocalModelReading {
  readonly deployment: Pick<Deployment, 'name'>;
  readonly state: DeploymentState;
  readonly status: LocalModelStatus;
}

/** `read` is called at every collection; no process is asked anything for it. */
export function observeLocalModels(meter: Meter, read: () => LocalModelsReading): void {
  const instruments = createInstruments(meter);
  meter.addBatchObservableCallback((result) => {
    const { budgetBytes, models } = read();
    if (models.length > 0) result.observe(instruments.budget, budgetBytes);
    for (const model of models) observeModel(instruments, observer(result, model.deployment.name), model);
  }, Object.values(instruments));
}

type Instruments = ReturnType<typeof createInstruments>;

function createInstruments(meter: Meter) {
  const gauge = ({ name, ...options }: MetricDefinition) => meter.createObservableGauge(name, options);
  const counter = ({ name, ...options }: MetricDefinition) => meter.createObservableCounter(name, options);
  return {
    state: gauge(gauges.localState),
    crashLoop: gauge(gauges.localCrashLoop),
    processes: gauge(gauges.localProcesses),
    resident: gauge(gauges.localMemoryResident),
    cache: gauge(gauges.localMemoryCache),
    reserved: gauge(gauges.localMemoryReserved),
    budget: gauge(gauges.localMemoryBudget),
    slots: gauge(gauges.localSlots),
    busySlots: gauge(gauges.localBusySlots),
    queued: gauge(gauges.localQueued),
    loadDuration: gauge(gauges.localLoadDuration),
    loads: counter(counters.localLoads),
    crashes: counter(counters.localCrashes),
    swaps: counter(counters.localSwaps),
    unloads: counter(counters.localUnloads),
    tokens: counter(counters.localTokens),
    cachedTokens: counter(counters.localCachedTokens),
    runs: counter(counters.localRuns),
    runTime: counter(counters.localRunTime),
  };
}

type Labels = Readonly<Record<string, string>>;
type Observe = (instrument: Observable, value: number, labels?: Labels) => void;

function observer(result: BatchObservableResult, deployment: string): Observe {
  return (instrument, value, labels) =>
    result.observe(instrument, value, { [switchyard.deployment]: deployment, ...labels });
}

const stateValues = { unloaded: 0, loading: 1, ready: 2, failed: 3 } as const satisfies Record<
  DeploymentState,
  number
>;

function observeModel(
  instruments: Instruments,
  observe: Observe,
  { state, status }: LocalModelReading,
): void {
  observe(instruments.state, stateValues[state]);
  observe(instruments.crashLoop, status.crashLoop ? 1 : 0);
  observe(instruments.reserved, status.reservedBytes ?? 0);
  observeProcesses(instruments, observe, status);
  observeCounts(instruments, observe, status);
  observeWork(instruments, observe, status);
}

function observeProcesses(
  { processes: count, resident, cache, slots, busySlots, queued }: Instruments,
  observe: Observe,
  { processes }: LocalModelStatus,
): void {
  const sum = (of: (process: LocalModelStatus['processes'][number]) => number | undefined): number =>
    processes.reduce((total, process) => total + (of(process) ?? 0), 0);
  observe(count, processes.length);
  observe(
    resident,
    sum(({ residentBytes }) => residentBytes),
  );
  observe(
    cache,
    sum(({ cacheBytes }) => cacheBytes),
  );
  observe(
    slots,
    sum((process) => process.slots),
  );
  observe(
    busySlots,
    sum((process) => process.busySlots),
  );
  observe(
    queued,
    sum((process) => process.queued),
  );
}

function observeCounts(instruments: Instruments, observe: Observe, { counts }: LocalModelStatus): void {
  const { loads, lastLoadMs, crashes, swaps, unloads } = counts;
  observe(instruments.loads, loads);
  if (lastLoadMs !== undefined) observe(instruments.loadDuration, lastLoadMs / 1000);
  observe(instruments.crashes, crashes);
  observe(instruments.swaps, swaps);
  for (const [reason, count] of Object.entries(unloads)) {
    observe(instruments.unloads, count, { [switchyard.unloadReason]: reason });
  }
}

function observeWork(instruments: Instruments, observe: Observe, { work }: LocalModelStatus): void {
  const { tokens, cachedTokens, runs, runTime } = instruments;
  observe(tokens, work.inputTokens, { [genAi.tokenType]: 'input' });
  observe(tokens, work.outputTokens, { [genAi.tokenType]: 'output' });
  observe(cachedTokens, work.cachedInputTokens);
  const prompt = { [switchyard.localPhase]: 'prompt' };
  observe(runs, work.reads, prompt);
  observe(runTime, work.readMs / 1000, prompt);
  const answer = { [switchyard.localPhase]: 'answer' };
  observe(runs, work.steps, answer);
  observe(runTime, work.stepMs / 1000, answer);
}
