import {
  counters,
  errorType,
  gauges,
  genAi,
  histograms,
  switchyard,
  type MetricDefinition,
} from '../../src/telemetry/semconv.ts';

/** Series that the collector's Prometheus exporter makes of a metric: seconds and bytes become a suffix, remarks in braces go. */
export function seriesNames(): ReadonlySet<string> {
  return new Set([
    ...Object.values(histograms).flatMap((metric) => {
      const base = withUnit(metric);
      return [`${base}_bucket`, `${base}_sum`, `${base}_count`];
    }),
    ...Object.values(counters).map((metric) => `${withUnit(metric)}_total`),
    ...Object.values(gauges).map(withUnit),
  ]);
}

function withUnit({ name, unit }: Pick<MetricDefinition, 'name' | 'unit'>): string {
  if (unit === 's') return `${plain(name)}_seconds`;
  return unit === 'By' ? `${plain(name)}_bytes` : plain(name);
}

/** Labels that our attributes become, and those every series or histogram has. */
export function labelNames(): ReadonlySet<string> {
  const attributes = [...Object.values(genAi), ...Object.values(switchyard), errorType];
  return new Set([...attributes.map(plain), 'job', 'instance', 'le']);
}

function plain(name: string): string {
  return name.replaceAll('.', '_');
}

/** The series and labels that a PromQL expression names. Strings are dropped first, then labels are what braces and groupings hold. */
export function namesIn(expression: string): {
  readonly series: readonly string[];
  readonly labels: readonly string[];
} {
  const bare = expression.replace(/"[^"]*"/g, '""');
  const groups = /\{[^}]*\}|\b(?:by|without|on|ignoring)\s*\([^)]*\)/g;
  const words = /[a-z_]\w*/gi;
  const series = bare.replace(groups, ' ').match(words) ?? [];
  const labels = (bare.match(groups) ?? []).flatMap(
    (group) => group.replace(/^\w+\s*/, '').match(words) ?? [],
  );
  return {
    series: series.filter((name) => /^(gen_ai|switchyard|otelcol|up$|target_info)/.test(name)),
    labels,
  };
}
