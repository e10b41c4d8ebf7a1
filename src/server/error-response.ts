export interface RequestRefusal {
  /** HTTP status. */
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** A refusal in the form of a GraphQL response, which every client can show. */
export function errorResponse(
  fetchAPI: { readonly Response: typeof Response },
  { status, code, message }: RequestRefusal,
): Response {
  const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  return new fetchAPI.Response(body, { status, headers: { 'content-type': 'application/json' } });
}
