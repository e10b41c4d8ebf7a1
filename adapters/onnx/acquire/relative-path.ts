/**
 * The characters that names of model files are made of. Left out are those that mean something else to a file system, to a URL or to a
 * reader's eye: `\\`, `:`, `%`, `?`, `#`, control characters, and all beyond ASCII, such as the slashes of Unicode.
 */
const segmentPattern = /^[\w.+=@,~()[\] -]+$/;

const maxPathLength = 300;

/** Whether a path from a catalogue, a manifest, a graph or a hub stays below the folder it is joined to, on every platform. */
export function isRelativePath(path: string): boolean {
  return path.length <= maxPathLength && path.split('/').every(isSegment);
}

function isSegment(segment: string): boolean {
  // Windows drops dots and spaces at the end.
  return segmentPattern.test(segment) && !/[. ]$/.test(segment);
}
