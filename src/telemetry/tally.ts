import type { Attributes, Meter } from '@opentelemetry/api';
import type { MetricDefinition } from './semconv.ts';

/** A counter of what happens so often that to count it must be no more than an addition. */
export interface Tally {
  /** `series` names the labels, which are made only once for each. */
  add(amount: number, series: string, labels: () => Attributes): void;
}

/** The SDK reads the sums when it collects; its own counter would sort and print the labels at every step. */
export function createTally(meter: Meter, { name, ...options }: MetricDefinition): Tally {
  const sums = new Map<string, { readonly labels: Attributes; sum: number }>();
  meter.createObservableCounter(name, options).addCallback((result) => {
    for (const { labels, sum } of sums.values()) result.observe(sum, labels);
  });
  return {
    add(amount, series, labels) {
      const entry = sums.get(series);
      if (entry === undefined) sums.set(series, { labels: labels(), sum: amount });
      else entry.sum += amount;
    },
  };
}
