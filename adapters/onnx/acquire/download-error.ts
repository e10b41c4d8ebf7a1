/**
 * Why a file could not be downloaded.
 * `cut`: the connection broke off or stalled within the file; asking for the rest can help.
 * `corrupt`: what came is not what was promised; the file was removed.
 * `refused`: the server does not give the file out, or not in a form that can be checked.
 */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
  readonly kind: 'cut' | 'corrupt' | 'refused';

  constructor(kind: DownloadError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
