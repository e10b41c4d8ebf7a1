/** What a failed step of acquiring a model means, in words for the person who runs the gateway. */
export function failureReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = errorCode(error);
  const words = code === undefined ? undefined : reasons[code];
  if (words === undefined) return error.message;
  const place = 'path' in error && typeof error.path === 'string' ? `${error.path}: ` : '';
  return `${place}${words} (${code})`;
}

/** The code of an error of Node, undici or OpenSSL. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

const distrusted =
  "the server's certificate is not trusted; where a proxy re-signs TLS, name its root certificate in NODE_EXTRA_CA_CERTS";

const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host name is not known: no network, or no DNS',
  EAI_AGAIN: 'the host name could not be looked up: no network, or no DNS',
  ECONNREFUSED: 'the host refuses connections',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'the host does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'the host does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'the server took the request and then sent no answer',
  UND_ERR_BODY_TIMEOUT: 'the download stalled',
  UND_ERR_SOCKET: 'the connection was cut',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the connection was cut',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  SELF_SIGNED_CERT_IN_CHAIN: distrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: distrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: distrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: distrusted,
  ENOSPC: 'the disk is full; a model needs about three times its size while it is fetched and converted',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the disk is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOENT: 'no such file',
  ENOTDIR: 'a part of the path is a file, not a folder',
};
