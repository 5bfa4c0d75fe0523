/** The meanings that a guide's word can have for a rollout. Each language has its words in one file. */
// biome-ignore format: the words of a group stand together
export const concepts = [
  // The ladder: stage: a part of the ladder, by name; calendar: a day or week of the schedule; expose: what gives the
  // feature to more users; population: of whom a percentage is a share; others: the share that does not get the
  // feature; nobody: the flag is off; unseen: it runs, and no user meets it
  'stage', 'calendar', 'expose', 'population', 'others', 'everyone', 'nobody', 'unseen', 'each', 'afterwards',
  // Consequences of a condition: abort: ends the rollout, in a way that is not said; ask: a person decides; alert: a
  // person is told; condition: what a consequence hangs on; procedure: how to do it: no condition; gate: what must
  // hold; breach: a limit that does not hold; advance: to the next stage; off: a feature that is taken away
  'rollback', 'abort', 'pause', 'ask', 'alert', 'automatic', 'condition', 'procedure', 'gate', 'must', 'breach',
  'advance', 'off',
  // Words beside a figure that is no threshold: elsewhere: where no user is: the figures of a laboratory; notShare: a
  // percentage that is no share of users
  'measured', 'elsewhere', 'goal', 'notShare',
  // Comparisons
  'above', 'below', 'atLeast', 'atMost', 'equal', 'not', 'baseline', 'rises', 'falls',
  // Time
  'lasting', 'within', 'consecutive', 'after', 'observe',
  // Measures: whole: a word before a measure that changes nothing: overall, request
  'success', 'error', 'latency', 'memory', 'timeout', 'fallback', 'throughput', 'critical', 'complaint', 'incident',
  'rate', 'count', 'median', 'whole',
  // Other parts of a plan: task: a verb that an item to do begins with; thing: a task's verb that names a thing as
  // well; rule: what must be heeded
  'tests', 'passing', 'total', 'flag', 'start', 'end', 'length', 'milestones', 'documents', 'deliverables',
  'targets', 'contact', 'reference', 'daily', 'evening', 'weekly', 'before', 'tasks', 'freeze', 'change', 'only',
  'previous', 'task', 'thing', 'rule',
  // Kinds of documents that are no plan
  'catalogue', 'blank',
  // Without meaning
  'filler',
] as const;
export type Concept = (typeof concepts)[number];

export const unitNames = ['ms', 's', 'm', 'h', 'd', 'w', '%', 'points', 'x', 'k', 'KiB', 'MiB', 'GiB'] as const;
export type UnitName = (typeof unitNames)[number];

/** The words of a language, apart by `|`. `~` stands for the rest of a word: `inférieur~ à`. */
export interface Lexicon {
  readonly concepts: Partial<Readonly<Record<Concept, string>>>;
  /** Behind a number. */
  readonly units: Partial<Readonly<Record<UnitName, string>>>;
  /** `two = 2`, apart by `|`. */
  readonly numerals: string;
  /** Monday first; apart by a blank, the spellings of one day by `/`. */
  readonly weekdays: string;
  /** Morning, midday, afternoon, evening, night, weekend; as the weekdays. */
  readonly dayparts: string;
  /** January first; as the weekdays. */
  readonly months: string;
}

export function wordsOf(lexicon: Lexicon, concept: Concept): readonly string[] {
  return (lexicon.concepts[concept] ?? '')
    .split('|')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}
