/**
 * The manifest as a marketplace gets it: with the repository, its issues, its page and badges.
 * @param {Record<string, unknown>} manifest `package.json`
 * @param {string} repository `https://github.com/OWNER/NAME`, or of gitlab.com: of these `vsce` knows where files lie
 * @returns {Record<string, unknown>} a new one; throws a text for a person when the URL is none of these
 */
export function publishedManifest(manifest, repository) {
  const found = /^https:\/\/(github|gitlab)\.com\/([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?$/.exec(repository);
  if (found === null) {
    throw new Error(
      `--repository must be https://github.com/OWNER/NAME or https://gitlab.com/OWNER/NAME, not ${repository}`,
    );
  }
  const [, host, owner, name] = found;
  const url = `https://${host}.com/${owner}/${name}`;
  const badge = (kind, description, href) => ({
    url: `https://img.shields.io/${host}/${kind}/${owner}/${name}`,
    href,
    description,
  });
  return {
    ...manifest,
    repository: { type: 'git', url: `${url}.git` },
    bugs: { url: host === 'github' ? `${url}/issues` : `${url}/-/issues` },
    homepage: `${url}#readme`,
    badges: [
      badge('license', 'License', host === 'github' ? `${url}/blob/HEAD/LICENSE` : `${url}/-/blob/HEAD/LICENSE`),
      badge('v/tag', 'Newest version', host === 'github' ? `${url}/tags` : `${url}/-/tags`),
    ],
  };
}
