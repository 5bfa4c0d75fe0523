import fc from 'fast-check';

/** A guide's facts and their forms: the same facts under other headings, in other forms and another order. */

export interface Fact {
  /** The facts that must be found again: in the plan, or told with their line. */
  readonly kind: 'stage' | 'gate' | 'trigger' | 'item' | 'date' | 'suite' | 'document' | 'contact' | 'rule' | 'link';
  /** As the plan says it; of an item, a rule and the like, the guide's own words. */
  readonly text: string;
  readonly line: number;
}

export interface Model {
  readonly stages: readonly {
    readonly percent: number;
    readonly hours: number;
    readonly success: string;
    readonly latency: number;
    readonly count: number;
  }[];
  readonly rollbacks: readonly {
    readonly measure: 'error rate' | 'p99 latency';
    readonly limit: number;
    readonly minutes: number;
  }[];
  readonly reviews: readonly { readonly limit: number; readonly minutes: number }[];
  readonly daily: readonly string[];
  readonly before: readonly string[];
  readonly changes: readonly string[];
  readonly dates: readonly { readonly date: string; readonly title: string }[];
  readonly suites: readonly { readonly name: string; readonly count: number }[];
  readonly documents: readonly { readonly path: string; readonly minutes: number }[];
  readonly contacts: readonly { readonly role: string; readonly address: string }[];
  readonly rules: readonly string[];
  readonly links: readonly string[];
}

const verbs = ['Review', 'Check', 'Compare', 'Update', 'Confirm', 'Verify', 'Read', 'Inspect'];
const things = [
  'the error log',
  'the dashboards',
  'the on-call notes',
  'the cost report',
  'the alert rules',
  'the queue',
  'the release notes',
  'the capacity sheet',
];
const restrictions = [
  'Do not start on Fridays',
  'No rollout during the summer sale',
  'Ask legal before the last stage',
  'Never touch the archive while a stage is running',
  'Only the platform team may change the switch',
  'The works council must agree first',
];
const tasks = fc.uniqueArray(
  fc.tuple(fc.constantFrom(...verbs), fc.constantFrom(...things)).map((words) => words.join(' ')),
  {
    minLength: 1,
    maxLength: 4,
  },
);

const stageOf = fc.record({
  hours: fc.constantFrom(2, 6, 24, 48, 72),
  success: fc.constantFrom('97', '98.5', '99', '99.5', '99.9'),
  latency: fc.integer({ min: 20, max: 900 }),
  count: fc.integer({ min: 50, max: 90_000 }),
});
const ladder = fc.constantFrom([1, 10, 50, 100], [5, 25, 75, 100], [0.1, 1, 20, 100], [2, 100], [0.5, 5, 33, 66, 100]);
const day = fc
  .integer({ min: 0, max: 60 })
  .map((days) => new Date(Date.UTC(2026, 4, 4 + days)).toISOString().slice(0, 10));

export const models: fc.Arbitrary<Model> = ladder.chain((percents) =>
  fc.record({
    stages: fc.tuple(...percents.map((percent) => stageOf.map((stage) => ({ percent, ...stage })))),
    rollbacks: fc.uniqueArray(
      fc.record({
        measure: fc.constantFrom('error rate' as const, 'p99 latency' as const),
        limit: fc.integer({ min: 4, max: 9 }),
        minutes: fc.constantFrom(5, 10, 15),
      }),
      { minLength: 1, maxLength: 2, selector: ({ measure }) => measure },
    ),
    reviews: fc.array(fc.record({ limit: fc.integer({ min: 2, max: 3 }), minutes: fc.constantFrom(20, 30, 60) }), {
      maxLength: 1,
    }),
    daily: tasks,
    before: tasks,
    changes: tasks,
    dates: fc.uniqueArray(
      fc.record({
        date: day,
        title: fc.constantFrom('Design frozen', 'Beta closed', 'Press release', 'Old service removed', 'Budget review'),
      }),
      { maxLength: 3, selector: ({ title }) => title },
    ),
    suites: fc.uniqueArray(
      fc.record({
        name: fc.constantFrom('Unit', 'Contract', 'Smoke', 'Regression'),
        count: fc.integer({ min: 2, max: 3000 }),
      }),
      { maxLength: 3, selector: ({ name }) => name },
    ),
    documents: fc.uniqueArray(
      fc.record({
        path: fc.constantFrom('docs/design.md', 'RUNBOOK.md', 'docs/rollback.md', 'notes/costs.pdf'),
        minutes: fc.integer({ min: 3, max: 40 }),
      }),
      { maxLength: 3, selector: ({ path }) => path },
    ),
    contacts: fc.uniqueArray(
      fc.record({
        role: fc.constantFrom('On-call', 'Release manager', 'Deputy', 'Legal'),
        address: fc.constantFrom('ada@corp.example', '@platform', '#rollouts', '+49 30 5550 0123'),
      }),
      { maxLength: 2, selector: ({ role }) => role },
    ),
    rules: fc.uniqueArray(fc.constantFrom(...restrictions), { maxLength: 3 }),
    links: fc.uniqueArray(fc.constantFrom('https://grafana.example/d/1', 'https://wiki.example/adr/7'), {
      maxLength: 2,
    }),
  }),
);

/** How a guide is written. */
export interface Style {
  readonly heading: 'hashes' | 'underlined' | 'bold';
  readonly stages: 'table' | 'sections' | 'nested' | 'numbered';
  readonly triggers: 'list' | 'table';
  readonly bullet: '-' | '*' | '+' | '1.';
  readonly box: boolean;
  readonly signs: 'signs' | 'ascii' | 'words';
  readonly words: number;
  readonly order: readonly number[];
  readonly emoji: boolean;
  readonly frontMatter: boolean;
  readonly comment: boolean;
}

export const styles: fc.Arbitrary<Style> = fc.record({
  heading: fc.constantFrom('hashes', 'underlined', 'bold'),
  stages: fc.constantFrom('table', 'sections', 'nested', 'numbered'),
  triggers: fc.constantFrom('list', 'table'),
  bullet: fc.constantFrom('-', '*', '+', '1.'),
  box: fc.boolean(),
  signs: fc.constantFrom('signs', 'ascii', 'words'),
  words: fc.nat({ max: 2 }),
  order: fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], { minLength: 10, maxLength: 10 }),
  emoji: fc.boolean(),
  frontMatter: fc.boolean(),
  comment: fc.boolean(),
});

export const plainStyle: Style = {
  heading: 'hashes',
  stages: 'table',
  triggers: 'list',
  bullet: '-',
  box: true,
  signs: 'signs',
  words: 0,
  order: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  emoji: false,
  frontMatter: false,
  comment: false,
};

const titles = {
  stages: ['Stages', 'Ramp-up plan', 'Rollout phases'],
  rollbacks: ['Rollback triggers', 'Automatic rollback', 'We roll back when'],
  reviews: ['Manual review', 'A human decides when', 'Needs review'],
  daily: ['Daily checklist', 'Every day', 'Each day'],
  before: ['Before we start', 'Pre-flight', 'Preparations'],
  changes: ['At each stage', 'Before each stage', 'On every step'],
  dates: ['Milestones', 'Key dates', 'Timeline'],
  suites: ['Tests', 'Test coverage', 'Test suites'],
  documents: ['Documents', 'Further reading', 'Documentation index'],
  contacts: ['Contacts', 'Escalation', 'Support contacts'],
  rules: ['Restrictions', 'Rules', 'Good to know'],
  links: ['Links', 'See also', 'References'],
} as const;

const comparisons: Readonly<Record<Style['signs'], Readonly<Record<string, string>>>> = {
  signs: { '>=': '≥', '<=': '≤', '>': '>', '<': '<' },
  ascii: { '>=': '>=', '<=': '<=', '>': '>', '<': '<' },
  words: { '>=': 'at least', '<=': 'at most', '>': 'above', '<': 'below' },
};

/** The guide, and every fact of it with its line. */
export function render(model: Model, style: Style): { readonly text: string; readonly facts: readonly Fact[] } {
  const lines: string[] = [];
  const facts: Fact[] = [];
  const put = (line: string, ...said: readonly (readonly [Fact['kind'], string])[]) => {
    lines.push(line);
    for (const [kind, text] of said) facts.push({ kind, text, line: lines.length });
  };
  const sign = (comparison: string) => comparisons[style.signs][comparison] ?? comparison;
  const item = (text: string, boxed: boolean) => `${style.bullet} ${boxed && style.box ? '[ ] ' : ''}${text}`;
  const heading = (of: keyof typeof titles) => {
    const title = `${style.emoji && style.heading !== 'underlined' ? '🚦 ' : ''}${titles[of][style.words] ?? ''}`;
    put('');
    if (style.heading === 'bold') put(`**${title}**`);
    else if (style.heading === 'hashes') put(`## ${title}`);
    else {
      put(title);
      put('-'.repeat(title.length));
    }
    put('');
  };
  const todo = (of: keyof typeof titles, items: readonly string[]) => {
    if (items.length === 0) return;
    heading(of);
    for (const text of items) put(item(text, true), ['item', text]);
  };
  const gates = (stage: Model['stages'][number]) =>
    [
      [`success rate ${sign('>=')} ${stage.success} %`, `success_rate >= ${stage.success}%`],
      [`p95 latency ${sign('<')} ${stage.latency} ms`, `latency < ${stage.latency}ms`],
      [`${sign('>=')} ${stage.count} requests`, `requests >= ${stage.count}`],
    ] as const;
  const gateFacts = (stage: Model['stages'][number]) =>
    gates(stage).map(([, text]) => ['gate', `${stage.percent}: ${text}`] as const);

  if (style.frontMatter) {
    put('---');
    put('owner: "@platform"');
    put('---');
  }
  put('# Parcel service rollout');
  put('');
  if (style.comment) {
    put('<!-- kept by the platform team -->');
    put('');
  }
  put('Start: 2026-05-04');
  const parts: readonly (() => void)[] = [
    () => {
      heading('stages');
      switch (style.stages) {
        case 'table':
          put('| Stage | Traffic | Soak | Exit criteria |');
          put('|---|---|---|---|');
          for (const [index, stage] of model.stages.entries())
            put(
              `| Stage ${index + 1} | ${stage.percent} % | ${stage.hours} hours | ${gates(stage)
                .map(([text]) => text)
                .join('; ')} |`,
              ['stage', `${stage.percent}`],
              ...gateFacts(stage),
            );
          break;
        case 'sections':
          for (const [index, stage] of model.stages.entries()) {
            const bold = style.heading === 'bold';
            const title = `Stage ${index + 1}: ${stage.percent} % of traffic`;
            put(bold ? `**${title}**` : `### ${title}`, ['stage', `${stage.percent}`]);
            put('');
            put(`Soak: ${stage.hours} hours`);
            put('');
            put(bold ? 'Exit criteria:' : '**Exit criteria:**');
            for (const [text, fact] of gates(stage)) put(`- ${text}`, ['gate', `${stage.percent}: ${fact}`]);
            put('');
          }
          break;
        case 'nested':
        case 'numbered':
          for (const [index, stage] of model.stages.entries()) {
            put(`${style.stages === 'nested' ? '-' : `${index + 1}.`} Increase to ${stage.percent} % of traffic`, [
              'stage',
              `${stage.percent}`,
            ]);
            put(`   - Soak: ${stage.hours} hours`);
            for (const [text, fact] of gates(stage)) put(`   - ${text}`, ['gate', `${stage.percent}: ${fact}`]);
          }
      }
    },
    () => {
      heading('rollbacks');
      if (style.triggers === 'table') {
        put('| Signal | Threshold | Duration |');
        put('|---|---|---|');
      }
      for (const { measure, limit, minutes } of model.rollbacks) {
        const figure = measure === 'error rate' ? `${limit} %` : `${limit}00 ms`;
        const when = measure === 'error rate' ? `error_rate > ${limit}%` : `latency_p99 > ${limit}00ms`;
        if (style.triggers === 'table')
          put(`| ${measure} | ${sign('>')} ${figure} | ${minutes} minutes |`, ['trigger', `rollback ${when}`]);
        else
          put(item(`${measure} ${sign('>')} ${figure} for ${minutes} minutes`, false), ['trigger', `rollback ${when}`]);
      }
      if (model.reviews.length === 0) return;
      heading('reviews');
      for (const { limit, minutes } of model.reviews)
        put(item(`error rate ${sign('>')} ${limit} % for ${minutes} minutes`, false), [
          'trigger',
          `review error_rate > ${limit}%`,
        ]);
    },
    () => todo('daily', model.daily),
    () => todo('before', model.before),
    () => todo('changes', model.changes),
    () => {
      if (model.dates.length === 0) return;
      heading('dates');
      put('| Milestone | Date |');
      put('|---|---|');
      for (const { date, title } of model.dates) put(`| ${title} | ${date} |`, ['date', `${date} ${title}`]);
    },
    () => {
      if (model.suites.length === 0) return;
      heading('suites');
      put('| Suite | Tests |');
      put('|---|---|');
      for (const { name, count } of model.suites) put(`| ${name} | ${count} |`, ['suite', `${name} ${count}`]);
    },
    () => {
      if (model.documents.length === 0) return;
      heading('documents');
      for (const { path, minutes } of model.documents)
        put(item(`\`${path}\` (${minutes} min)`, false), ['document', `${path} ${minutes}`]);
    },
    () => {
      if (model.contacts.length === 0) return;
      heading('contacts');
      for (const { role, address } of model.contacts) put(item(`${role}: ${address}`, false), ['contact', address]);
    },
    () => {
      if (model.rules.length > 0) {
        heading('rules');
        for (const text of model.rules) put(item(text, false), ['rule', text]);
      }
      if (model.links.length === 0) return;
      heading('links');
      for (const link of model.links) put(item(`See <${link}>`, false), ['link', link]);
    },
  ];
  for (const index of style.order) parts[index]?.();
  return { text: `${lines.join('\n')}\n`, facts };
}
