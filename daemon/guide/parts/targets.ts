import type { Guide } from '../guide.ts';
import { goodOf, subjectOf } from '../rules/subject.ts';
import { anyMeans, type Token } from '../tag.ts';
import { type Sourced, said } from '../text/findings.ts';
import type { Subject } from '../values.ts';

export interface DraftTarget {
  readonly subject: Subject;
  readonly change: string;
}

/** Changes that a rollout is hoped to bring: `Memory usage | 80-90% reduction`, `Throughput: 5-10x improvement`. */
export function readTargets(guide: Guide): readonly Sourced<DraftTarget>[] {
  const found = new Map<string, Sourced<DraftTarget>>();
  for (const passage of guide.passages) {
    if (passage.kind === 'heading' || passage.kind === 'code' || guide.under(passage, 'targets') === undefined)
      continue;
    const [name, said1] =
      passage.kind === 'row'
        ? [
            passage.cells[0]?.text ?? '',
            passage.cells
              .slice(1)
              .map(({ text, header }) => `${text} ${header}`)
              .join(' '),
          ]
        : [passage.label ?? '', passage.body];
    const subject = name === '' ? undefined : subjectOf(guide.tokens(name), '');
    const change = subject === undefined ? undefined : changeOf(guide.tokens(said1), subject);
    if (subject === undefined || change === undefined) continue;
    const known = found.get(subject.name);
    found.set(
      subject.name,
      known === undefined ? said({ subject, change }, passage) : { ...known, places: [...known.places, passage] },
    );
    guide.use(passage);
  }
  return [...found.values()];
}

/** `80-90% reduction` → `-80..-90%`, `5-10x improvement` → `5..10x`; `undefined` when which way is not said. */
function changeOf(tokens: readonly Token[], subject: Subject): string | undefined {
  const figure = tokens.find(({ number }) => number?.unit === '%' || number?.unit === 'x')?.number;
  if (figure === undefined || figure.value > 10_000) return undefined;
  const values = figure.high === undefined ? [figure.value] : [figure.value, figure.high];
  const words = tokens.map(({ text }) => text.toLowerCase());
  const up = words.some((word) => /^(?:increase|higher|more|gain|growth)/.test(word));
  const improved = anyMeans(tokens, 'targets') || words.some((word) => /^(?:faster|improve)/.test(word));
  const down =
    words.some((word) => /^(?:reduc|less|lower|drop|decreas|fewer)/.test(word)) ||
    (!up && improved && goodOf(subject) === 'low');
  if (!up && !down && !(improved && goodOf(subject) === 'high')) return undefined;
  if (figure.unit === 'x') return down ? undefined : `${values.join('..')}x`;
  return `${values.map((value) => `${down ? '-' : '+'}${value}`).join('..')}%`;
}
