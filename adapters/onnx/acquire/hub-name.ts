/** `owner/name` on the hub. */
export const repositoryPattern = /^[\w-][\w.-]*\/[\w-][\w.-]*$/;

/** A branch, a tag, a commit, or a reference such as `refs/pr/1`. */
const revisionPattern = /^\w[\w.-]*(?:\/\w[\w.-]*)*$/;

const longestName = 200;

/** A repository of the hub, as people name it. */
export interface HubName {
  readonly repository: string;
  /** `undefined`: the newest commit of the main branch. */
  readonly revision: string | undefined;
}

/** Reads `owner/name` or `owner/name@revision`; `undefined` for anything else. */
export function readHubName(text: string): HubName | undefined {
  if (text.length > longestName) return undefined;
  const [repository = '', revision, ...rest] = text.split('@');
  if (!repositoryPattern.test(repository) || rest.length > 0) return undefined;
  if (revision !== undefined && !revisionPattern.test(revision)) return undefined;
  return { repository, revision };
}
