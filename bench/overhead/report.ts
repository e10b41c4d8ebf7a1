import type { Bound } from './musts.ts';
import { serverNames } from './servers/server.ts';
import type { FigureRow, Summary, Verdict } from './summary.ts';

/** The tables that the benchmark prints. */
export function report({ figures, verdicts, faults }: Summary): string {
  const parts = [
    `Medians of the rounds\n${figureTable(figures)}`,
    `What Switchyard promises: medians of the ratios within a round (least - most)\n${verdictTable(verdicts)}`,
  ];
  if (faults.length > 0) parts.push(`Not to be believed:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  return `${parts.join('\n\n')}\n`;
}

/** Short, with as many digits as mean something. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString('en-US');
  if (Number.isInteger(value)) return String(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return value.toFixed(size < 0.1 ? 4 : 2);
}

function figureTable(rows: readonly FigureRow[]): string {
  const names = serverNames.filter((name) => rows.some(({ servers }) => servers[name] !== undefined));
  const measured = rows.filter(({ servers }) => Object.keys(servers).length > 0);
  const cells = ({ servers }: FigureRow): readonly string[] =>
    names.map((name) => (servers[name] === undefined ? '-' : shortNumber(servers[name].median)));
  return table([
    ['', '', ...names],
    ...measured.map((row) =>
      [`${row.workload.title}: ${row.figure.label}`, row.figure.unit].concat(cells(row)),
    ),
  ]);
}

function verdictTable(verdicts: readonly Verdict[]): string {
  return table([
    ['', 'measured', 'rounds', 'must', 'aim', ''],
    ...verdicts.map(({ must, spread, held, aimReached }) => [
      must.against === undefined ? must.label : `${must.label} / ${must.against}'s`,
      spread === undefined
        ? '-'
        : `${shortNumber(spread.median)} (${shortNumber(spread.least)} - ${shortNumber(spread.most)})`,
      String(spread?.rounds ?? 0),
      bound(must.must),
      bound(must.aim),
      word(held, aimReached),
    ]),
  ]);
}

function bound(limit: Bound): string {
  return 'atMost' in limit ? `<= ${shortNumber(limit.atMost)}` : `>= ${shortNumber(limit.atLeast)}`;
}

function word(held: boolean | undefined, aimReached: boolean | undefined): string {
  if (held === undefined) return 'not measured';
  if (!held) return 'NOT HELD';
  return aimReached === true ? 'held, aim reached' : 'held';
}

/** The first column to the left, all others to the right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ');
  return rows.map(line).join('\n');
}
