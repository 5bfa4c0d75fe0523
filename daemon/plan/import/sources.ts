import { recordFormat, type SourceFormat } from '../../protocol/domain/formatNames.ts';
import { holdsLines, sourceFormat } from '../../protocol/domain/sourceFormat.ts';
import { assumed, type Place, type Sourced, said } from './findings.ts';
import type { Guides } from './guides.ts';
import type { Passage } from './passages.ts';

export interface DraftSources {
  readonly metrics: Sourced<string>;
  readonly format: SourceFormat;
  /** Globs of log lines. */
  readonly logs: readonly Sourced<string>[];
}

const pathPattern = /^[\w.{}*?@%+~-]*(?:\/[\w.{}*?@%+~-]+)*\/?$/;

/** A path the plan may name: relative, inside its folder; the rest is told. */
export function insidePath(text: string): string | undefined {
  const path = text.trim().replaceAll('\\', '/').replace(/^\.\//, '');
  if (path === '' || path.length > 200 || !pathPattern.test(path) || path.startsWith('/') || path.startsWith('~'))
    return undefined;
  return path.split(/[/{},()|]/).includes('..') ? undefined : path;
}

/** Where metrics and logs lie, from the paths the guides name; without any, a proposal. */
export function readSources(guides: Guides): DraftSources {
  const metrics = new Map<string, Place[]>();
  const logs = new Map<string, Place[]>();
  for (const passage of guides.passages) {
    for (const text of pathsIn(passage)) {
      const isMetrics =
        /\.(?:jsonl|ndjson|csv)(?:\.gz)?$/i.test(text) || (/\.json$/i.test(text) && /metric|event|record/i.test(text));
      const isFolder = text.endsWith('/') && /\blogs?\b|\/log\//i.test(`${text} ${passage.text}`);
      const isLog = /\.log(?:\.\*|\*)?$/i.test(text) || (/\*$/.test(text) && /\blogs?\b/i.test(text));
      if (!isMetrics && !isFolder && !isLog) continue;
      const path = insidePath(text);
      if (path === undefined) {
        guides.findings.add(
          'not-understood',
          passage,
          `\`${text.slice(0, 100)}\` lies outside the plan's folder; move the plan, or link the file into its folder`,
        );
        continue;
      }
      push(isMetrics ? metrics : logs, isFolder ? `${path}*.log` : path, passage);
      guides.use(passage);
    }
  }
  const [first, ...others] = [...metrics];
  for (const [path, places] of others) {
    const place = places[0];
    if (place !== undefined && first !== undefined)
      guides.findings.add(
        'conflict',
        place,
        `metrics lie in \`${path}\` here and in \`${first[0]}\` elsewhere: \`${first[0]}\` is kept`,
      );
  }
  const found: Sourced<string> =
    first === undefined ? assumed('metrics.jsonl', 'no guide names a metrics file') : said(first[0], ...first[1]);
  return {
    metrics: found,
    format: holdsLines({ file: found.value }) ? recordFormat : sourceFormat({ file: found.value }),
    logs: [...logs].map(([path, places]) => said(path, ...places)),
  };
}

/** What looks like a path: code, link targets, and bare words with a slash or a telling ending. */
function pathsIn(passage: Passage): readonly string[] {
  if (passage.kind === 'code')
    return passage.text.length > 20_000 ? [] : (passage.text.match(/[\w./*~-]+\.(?:jsonl|ndjson|csv|log)\b/g) ?? []);
  const bare =
    passage.text.length > 2000
      ? []
      : (passage.text.match(/(?<![\w/:])[\w.~/*-]*[\w/*-]\.(?:jsonl|ndjson|csv|log)\b/g) ?? []);
  return [...new Set([...passage.codes, ...passage.links.filter((link) => !/^[a-z]+:/i.test(link)), ...bare])];
}

function push(map: Map<string, Place[]>, key: string, place: Place): void {
  map.set(key, [...(map.get(key) ?? []), place]);
}
