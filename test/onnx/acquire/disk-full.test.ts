import { existsSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { downloadFile } from '../../../adapters/onnx/acquire/download-file.ts';
import { failureReason } from '../../../adapters/onnx/acquire/failure-reason.ts';
import { createHubClient } from '../../../adapters/onnx/acquire/hub-client.ts';
import { revision, sha256 } from './fake-hub.ts';
import { fakeHub, temporaryFolder, tinyFiles } from './scene.ts';

const path = 'onnx/model_q4.onnx';

test.runIf(existsSync('/dev/full'))(
  'a full disk is told as such and not taken for a broken connection',
  async () => {
    const hub = await fakeHub();
    const client = createHubClient({ endpoint: hub.endpoint });
    onTestFinished(() => client.close());
    const file = join(await temporaryFolder(), 'model.onnx');
    await symlink('/dev/full', `${file}.part`);
    const download = {
      url: client.fileUrl('team/tiny', revision, path),
      file,
      what: path,
      sha256: sha256(tinyFiles[path] ?? expect.fail()),
      bytes: undefined,
      revision,
    };
    const context = { client, signal: new AbortController().signal, onBytes: () => {} };
    const reason = await downloadFile(download, context).then(() => 'downloaded', failureReason);
    expect(reason).toBe(
      'the disk is full; a model needs about three times its size while it is fetched and converted (ENOSPC)',
    );
    expect(hub.requests.filter((request) => request.at === 'storage')).toHaveLength(1);
  },
);
