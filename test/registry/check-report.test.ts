import { expect, test } from 'vitest';
import { readCatalogFile } from '../../src/registry/catalog-file.ts';
import { createCatalog } from '../../src/registry/catalog.ts';
import { checkReport } from '../../src/registry/check-report.ts';
import { drivers } from './drivers.ts';

test('a report lists deployments, aliases and policies in aligned columns, and no options', () => {
  const text = `deployments:
  - { name: tiny, kind: local, local: true }
  - name: big-eu
    model: big
    kind: remote
    options: { model: m, apiKey: canary }
    prices: { inputUsdPerMillionTokens: '0.25', outputUsdPerMillionTokens: 12 }
    quality: 0.9
    capabilities: [text, tools]
    contextTokens: 128000
aliases: { chat: big }
policies:
  frugal: { weights: { cost: 1 }, constraints: { maxCostUsd: '0.01', localOnly: true } }
defaults: { policy: frugal }
`;
  const catalog = createCatalog(readCatalogFile(text, { file: 'f.yaml', env: {}, drivers }));
  const report = checkReport(catalog);
  expect(report).toBe(`Deployments (2), prices in USD per million tokens
  name    model  kind    local  input  output  quality  context  capabilities
  tiny    tiny   local   yes    0      0       0.5      ?        text
  big-eu  big    remote  no     0.25   12      0.9      128000   text tools

Aliases (1)
  chat  -> big

Policies (5), default frugal
  name      cost  latency  quality  limits
  balanced  1     1        1
  cheapest  1     0        0
  fastest   0     1        0
  best      0     0        1
  frugal    1     0        0        maxCostUsd=0.01 localOnly=true

Digest ${catalog.digest}
`);
});
