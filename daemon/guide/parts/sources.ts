import { recordFormat, type SourceFormat } from '../../protocol/domain/formatNames.ts';
import { holdsLines, sourceFormat } from '../../protocol/domain/sourceFormat.ts';
import type { Guide } from '../guide.ts';
import { type Place, type Sourced, said } from '../text/findings.ts';
import type { Passage } from '../text/passages.ts';

export interface DraftSources {
  /** `undefined` where no guide names a file of records. */
  readonly metrics: Sourced<string> | undefined;
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

/** Where metrics and logs lie, from the paths the guides name. Nothing is proposed: a file that no guide names has no data. */
export function readSources(guide: Guide): DraftSources {
  const metrics = new Map<string, Place[]>();
  const logs = new Map<string, Place[]>();
  for (const passage of guide.passages) {
    for (const text of pathsIn(passage)) {
      const isMetrics =
        /\.(?:jsonl|ndjson|csv)(?:\.gz)?$/i.test(text) || (/\.json$/i.test(text) && /metric|event|record/i.test(text));
      const isFolder = text.endsWith('/') && /\blogs?\b|\/log\//i.test(`${text} ${passage.text}`);
      const isLog = /\.log(?:\.\*|\*)?$/i.test(text) || (/\*$/.test(text) && /\blogs?\b/i.test(text));
      if (!isMetrics && !isFolder && !isLog) continue;
      const path = insidePath(text);
      if (path === undefined) {
        guide.findings.add(
          'not-understood',
          passage,
          `\`${text.slice(0, 100)}\` lies outside the plan's folder; move the plan, or link the file into its folder`,
        );
        continue;
      }
      push(isMetrics ? metrics : logs, isFolder ? `${path}*.log` : path, passage);
      guide.use(passage);
    }
  }
  const [first, ...others] = [...metrics];
  for (const [path, places] of others) {
    const place = places[0];
    if (place !== undefined && first !== undefined)
      guide.findings.add(
        'conflict',
        place,
        `metrics lie in \`${path}\` here and in \`${first[0]}\` elsewhere: \`${first[0]}\` is kept`,
      );
  }
  const found = first === undefined ? undefined : said(first[0], ...first[1]);
  const format =
    found === undefined || holdsLines({ file: found.value }) ? recordFormat : sourceFormat({ file: found.value });
  return { metrics: found, format, logs: [...logs].map(([path, places]) => said(path, ...places)) };
}

/** Texts that look like a path: code, link targets, and bare words with a slash or a telling ending. */
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
