/** The addresses of a page's two files, as the page may load them, and the marks that identify them as ours. */
interface PageFiles {
  readonly script: string;
  readonly style: string;
  /** `webview.cspSource`. */
  readonly source: string;
  /** Fresh for every page. */
  readonly nonce: string;
  /** The editor's language, `vscode.env.language`. */
  readonly language: string;
}

/**
 * The document of a page of ours: one script, one style sheet, nothing inline. Everything but those two is refused by the
 * policy, so that a text from a log could not load or run anything even if it became markup. `place`: the sidebar has a
 * background of its own.
 */
export function pageHtml(files: PageFiles, place: 'editor' | 'sidebar'): string {
  const { script, style, source, nonce, language } = files;
  const policy = `default-src 'none'; style-src ${source}; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="${attribute(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rampwatch</title>
<link rel="stylesheet" href="${attribute(style)}">
</head>
<body data-place="${place}">
<div id="page"></div>
<script nonce="${attribute(nonce)}" src="${attribute(script)}"></script>
</body>
</html>
`;
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
