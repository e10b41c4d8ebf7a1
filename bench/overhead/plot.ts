import { shortNumber } from './report.ts';
import { serverNames, type ServerName } from './servers/server.ts';
import type { FigureRow, Spread, Summary } from './summary.ts';

const width = 760;
const left = 110;
const right = 110;
const titleHeight = 26;
const barHeight = 14;
const barStep = 19;
const gap = 16;
/** Longer bars are cut: beside a server that takes a hundred times as much, nobody would see the others. */
const longestTimesShortest = 12;

const style = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600 } .server { text-anchor: end } .head { font-size: 15px; font-weight: 600 }
  rect { fill: #8c959f } .switchyard { fill: #0969da } .spread, .cut { stroke: #1f2328; stroke-width: 1.5; fill: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } rect { fill: #6e7681 } .switchyard { fill: #4493f8 } .spread, .cut { stroke: #e6edf3 }
  }`;

/** One group of bars a figure, one bar a server, a line from the least to the most of the rounds. Stands on light and on dark pages. */
export function plot({ figures }: Summary, caption: string): string {
  const drawn = figures.filter(({ servers }) => Object.keys(servers).length > 0);
  let y = 56;
  const groups = drawn.map((row) => {
    const group = drawGroup(row, y);
    y += titleHeight + barStep * barsOf(row).length + gap;
    return group;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img">`,
    `<title>What a gateway costs</title><style>${style}</style>`,
    `<text class="head" x="10" y="24">What a gateway costs: medians of the rounds</text>`,
    `<text x="10" y="44">${escaped(caption)}</text>`,
    ...groups,
    '</svg>\n',
  ].join('\n');
}

function barsOf({ servers }: FigureRow): readonly (readonly [ServerName, Spread])[] {
  return serverNames.flatMap((name) => {
    const spread = servers[name];
    return spread === undefined ? [] : [[name, spread] as const];
  });
}

function drawGroup(row: FigureRow, top: number): string {
  const bars = barsOf(row);
  const positive = bars.map(([, { median }]) => median).filter((median) => median > 0);
  const full = Math.min(Math.max(...positive, 0), longestTimesShortest * Math.min(...positive)) || 1;
  const scale = (value: number): number => Math.max(0, Math.min(value / full, 1)) * (width - left - right);
  const unit = row.figure.unit === '' ? '' : ` (${row.figure.unit})`;
  const title = escaped(`${row.workload.title}: ${row.figure.label}${unit}`);
  return [
    `<text class="title" x="10" y="${top + 14}">${title}</text>`,
    ...bars.map(([name, spread], index) => {
      const y = top + titleHeight + index * barStep;
      const end = left + scale(spread.median);
      const isCut = spread.median > full;
      return [
        `<text class="server" x="${left - 8}" y="${y + 11}">${name}</text>`,
        `<rect class="${name}" x="${left}" y="${y}" width="${scale(spread.median).toFixed(1)}" height="${barHeight}"/>`,
        isCut
          ? `<path class="cut" d="M${end - 14} ${y - 2}l-5 18m10 -18l-5 18"/>`
          : `<path class="spread" d="M${(left + scale(spread.least)).toFixed(1)} ${y + barHeight / 2}H${(left + scale(spread.most)).toFixed(1)}"/>`,
        `<text x="${(Math.max(end, left + (isCut ? 0 : scale(spread.most))) + 6).toFixed(1)}" y="${y + 11}">${shortNumber(spread.median)}</text>`,
      ].join('');
    }),
  ].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
