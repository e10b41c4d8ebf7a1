export interface RequestRefusal {
  /** HTTP status. */
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** A refusal in the form of a GraphQL response, which every client can show. */
export function errorResponse(
  fetchAPI: { readonly Response: typeof Response },
  refusal: RequestRefusal,
): Response {
  const headers = { 'content-type': 'application/json' };
  return new fetchAPI.Response(errorBody(refusal), { status: refusal.status, headers });
}

export function errorBody({ code, message }: RequestRefusal): string {
  return JSON.stringify({ errors: [{ message, extensions: { code } }] });
}
