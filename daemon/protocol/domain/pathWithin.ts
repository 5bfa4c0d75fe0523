/** Node's `path.sep`. */
export type PathSeparator = '/' | '\\';

/**
 * The way from a folder to what lies in it, with slashes: `logs/a.jsonl`; `''` for the folder itself, `null` outside of it.
 * Another drive is outside too. Windows does not tell upper from lower case in a name, and an editor writes `c:\` where
 * Node writes `C:\`.
 * @param folder absolute and resolved, as `path` is
 */
export function pathWithin(folder: string, path: string, separator: PathSeparator): string | null {
  const base = folder.endsWith(separator) ? folder : `${folder}${separator}`;
  if (isSame(path, folder, separator) || isSame(path, base, separator)) return '';
  if (!isSame(path.slice(0, base.length), base, separator)) return null;
  return path.slice(base.length).replaceAll(separator, '/');
}

function isSame(one: string, other: string, separator: PathSeparator): boolean {
  return one === other || (separator === '\\' && one.toLowerCase() === other.toLowerCase());
}
