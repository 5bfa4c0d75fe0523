import type { Above, Passage } from './passages.ts';
import { plain } from './text.ts';

/** What a part of a guide is about, told from the words of the headings, labels and items above it. */
export type Topic =
  | 'rollback'
  | 'review'
  | 'criteria'
  | 'tests'
  | 'targets'
  | 'deliverables'
  | 'documents'
  | 'milestones'
  | 'escalation'
  | 'checklist'
  | 'stages';

export type Recurrence = 'day' | 'evening' | 'weekday' | 'week' | 'stage';

const tests = /\btests?\b(?! criteria)|\btest (?:coverage|suites?|matrix|plan)\b|\bqa\b/i;
const procedure = /\b(?:procedures?|steps|how to|runbook|playbook|plan|instructions|prepar\w+|during|issues)\b/i;

/** The first rule that fits decides; the order is from the particular to the general. */
const rules: readonly (readonly [RegExp, Topic])[] = [
  [
    /\bdeliverables?\b|\b(?:final|expected) (?:outputs?|artifacts?|outcomes?)\b|\bwhat (?:we|you) (?:deliver|hand over)\b|\bhand(?:s|ing)?[ -]?over\b/i,
    'deliverables',
  ],
  [
    /\bdocument(?:s|ation)? (?:index|list|map)\b|\b(?:related |supporting |reference )documents?\b|\b(?:further |required |recommended )?reading(?: list)?\b|\breferences?\b|\bdocumentation\b|\bdocs\b|\bsee also\b|\bread (?:first|this|me)\b|\bbackground\b|\blinks?\b/i,
    'documents',
  ],
  [/\bkey (?:dates?|milestones?)\b|\bmilestones?\b|\bdates\b|\btimeline\b|\bcalendar\b|\bschedule\b/i, 'milestones'],
  [
    /\b(?:page|ask|call|notify|wake|talk to|decide|ping)\b.*\b(?:if|when)$|^(?:ask|consult|talk to|speak (?:to|with)|check with|call|ping|page|involve)\b.*\bfirst$|^(?:people|humans?|someone|somebody|a person) (?:looks?|decides?|checks?)\b|\b(?:nobody|no one) (?:rolls? back|reverts?|decides?) alone\b/i,
    'review',
  ],
  [
    /\bescalat\w+|^(?:getting )?help$|\bcontacts?\b|\bsupport\b|\bon-?call\b|\bwhom? (?:to call|to ask|decides|do (?:i|we) (?:call|ask))\b|\bowners?\b|\bresponsib\w+|\bpeople\b/i,
    'escalation',
  ],
  [
    /\b(?:manual|human|needs?|requires?|triggers? (?:a )?)[ -]*(?:a )?(?:review|discussion|decision|judg\w+)\b|\breview (?:required|needed|triggers?|if|when)\b|\binvestigat\w+|\b(?:stop and )?think\b(?: (?:first|twice|again))|\bstop and think\b|\b(?:pause|hold|halt|slow down)[ -]+(?:\w+ ){0,3}?(?:if|when|and|conditions?|criteria|triggers?|signals?)\b|\bno automatic (?:action|rollback)\b|\bhuman (?:call|decision)\b|\b(?:decide|discuss)\w* together\b|\b(?:look (?:at|into)|talk to|ask|call|page|notify|wake)\b.*\b(?:if|when)$|\b(?:yellow|amber) ?(?:flags?|zone|conditions?|signals?|alerts?|light)?$|\bwarnings?\b|\bsoft (?:triggers?|limits?|stops?)\b|\bwatch (?:closely|out)\b|^watch(?: ?list| conditions?)?\s*(?:\(|:|$)|\bdiscuss\w*\b|\b(?:after|upon) (?:talking|a (?:talk|chat|call))\b|\bconsult(?:ed|ing)?\b(?! id)|\b(?:amber|yellow)\b|\b(?:human|person|someone|people) (?:decides?|looks?)\b|\b(?:needs?|requires?|asks? for) (?:a )?(?:human|person)s?\b/i,
    'review',
  ],
  [
    /\b(?:auto(?:matic)?(?:ally)?|immediate(?:ly)?|instant)[ -]*(?:rollback|roll back|roll-back|revert|abort|stop|kill|return|retreat|switch[ -]?back|reversal)\b|\bimmediate fall-?back\b|\b(?:do(?:es)? not|don't|doesn't|won't|will not|cannot) (?:stay|keep|remain|continue|go on)\b.*\b(?:if|when)\b|\breturn(?:s|ing)? to (?:the )?(?:old|previous|legacy|former)\b|\broll(?:ed|ing)?[ -]?backs?\b(?! (?:procedures?|steps|plan|instructions|capab\w+))|\brevert(?:s|ed|ing)?\b|\babort\w*|\bkill[ -]?switch\w*|\bkill (?:criteria|criterion|conditions?|triggers?|thresholds?)\b|\bback(?:ing)?[ -]?out\b|\bpull(?:ing|s)? (?:the plug|the (?:emergency )?brake|it (?:if|when))\b|\bemergency (?:brake|stop)\b|\b(?:go(?:es|ing)?|switch(?:es|ing)?) back\b(?=.*\b(?:if|when|immediately|at once|conditions?)\b)|\b(?:turns?|switch(?:es)?)\b.*\boff when\b|\bbail[ -]?out\b|\b(?:stop|tripwires?|red lines?|red flags?|(?<!go ?[/-]? ?)no-go)\b|\b(?:turn|switch) (?:it|the (?:flag|feature|switch)) off\b|\bwhen (?:things|it) go(?:es)? wrong\b|\bhard (?:stops?|limits?)\b|\bred(?: zone)?$/i,
    'rollback',
  ],
  [
    /\b(?:expected|anticipated|projected|target(?:ed)?|desired|promised)\b.*\b(?:improvements?|gains?|benefits?|results?|impact|performance|outcomes?)\b|\bimprovements?\b|\bbenefits?\b|\bgains?\b|\bwhy we do (?:it|this)\b|\bwhat we (?:expect|hope|aim)\b|^expect(?:ed|ations?)(?: effects?)?$|\bhoped? for\b|\bperformance (?:goals?|targets?)\b|\bbusiness case\b|\btargets?\b/i,
    'targets',
  ],
  [
    /\b(?:success|exit|entry|acceptance|completion|promotion|advance(?:ment)?|quality|go\s*[/-]?\s*no-?go|pass(?:ing)?|gate|health)[ -]*(?:criteria|criterion|conditions?|gates?|requirements?|checks?|thresholds?|metrics?)\b|\bcriteria\b|\bgates?\b|\bgating\b|\bmust (?:hold|be|show|all|have)\b|\b(?:proceed|advance|promote|move on|continue|go on|go ahead)\b.*\b(?:if|when|only|once|after)\b|\bdefinition of done\b|\bslos?\b|\bthresholds?\b|\bguardrails?\b|\brequirements?\b|\bdone when\b|\bwhat (?:we|it) (?:need|must|have) (?:to )?(?:see|show|prove)\b|\bsuccess$|\bgo\s*[/-]\s*no-?go\b|\ball of the following\b|\b(?:healthy|successful|complete|finished|passed|good) (?:if|when|means|once)\b/i,
    'criteria',
  ],
  [
    /\bchecklists?\b|\btasks?\b|\bto-?dos?\b|\baction items?\b|\bactions?\b|\bpre-?(?:flight|requisites?|launch|deployment|rollout)\b|\bbefore\b.*|\beach (?:day|evening|morning|week|night|stage|step)\b|\bevery (?:day|evening|morning|week|night|stage|step)\b|\bdaily\b|\bweekly\b|\bevenings?\b|\bmornings?\b|\bpreparations?\b|\bgetting started\b|\broutine\b|\bduties\b|\bprocedures?\b|\brunbook\b|\bsteps\b$|\bend of (?:day|week)\b|\bafter(?:wards)?\b$/i,
    'checklist',
  ],
  [tests, 'tests'],
  [
    /\bstages?\b|\bladder\b|\brollout\b|\bramp\b|\bramp-?up\b|\bphases?\b|\bweeks?\b|\boverview\b|\bwaves?\b|\bcanary\b|\bsteps\b|\bexposure\b/i,
    'stages',
  ],
];

/** What one heading says it is about; `undefined` when its words say nothing. */
export function topicOf(text: string): Topic | undefined {
  const words = plain(text).slice(0, 200);
  // A procedure for rolling back is a list of things to do, not of conditions.
  if (/\broll(?:ed|ing)?[ -]?back|\brevert/i.test(words) && procedure.test(words)) return 'checklist';
  for (const [pattern, topic] of rules) if (pattern.test(words)) return topic;
  return undefined;
}

export interface Context {
  /** The nearest topic above the passage. */
  readonly topic: Topic | undefined;
  /** Every topic above it, nearest first. */
  readonly topics: readonly Topic[];
}

/** The topics above a passage; a guide's title says what the guide is and decides nothing. */
export function contextOf(passage: Passage): Context {
  const own = labelTopics.find(([pattern]) => pattern.test(plain(passage.label ?? '')))?.[1];
  const topics = [...passage.trail]
    .reverse()
    .filter((above) => !(above.kind === 'heading' && above.level === 1))
    .map((above) => topicOf(topicWords(above)))
    .filter((topic) => topic !== undefined);
  const all = own === undefined || topics[0] === own ? topics : [own, ...topics];
  return { topic: all[0], topics: all };
}

/** Terse guides put the heading before the colon: `ok: err < 0.5 %`, `rollback: err > 3 % 5m`. */
const labelTopics: readonly (readonly [RegExp, Topic])[] = [
  [
    /^(?:ok|go|go if|gates?|exit|green|proceed if|pass|(?:gates?|criteria) for (?:all|every|each)(?: \w+)?)$/i,
    'criteria',
  ],
  [/^(?:roll-?back|roll back|revert|abort|kill|stop|hard stop|red)(?: if| when| on)?$/i, 'rollback'],
  [/^auto(?:mat(?:ic(?:ally)?|ed))?$/i, 'rollback'],
  [
    /^(?:look|watch|review|warn|amber|yellow|page|human|people|manual(?:ly)?|soft stop)(?: if| when)?(?: \([^)]*\))?$/i,
    'review',
  ],
  [/^(?:exp|expect|expected|targets?|goals?)$/i, 'targets'],
  [/^(?:before|after|pre|post|to-?do)$/i, 'checklist'],
];

/** An item that others are nested in tells their topic only if it is short: a sentence is about itself. */
function topicWords(above: Above): string {
  return above.kind === 'item' && above.text.length > 80 ? '' : above.text;
}

/** How often the checklist under these headings starts anew, nearest first. */
export function recurrenceOf(trail: readonly Above[]): Recurrence | undefined {
  for (const { text } of [...trail].reverse()) {
    const words = plain(text);
    if (
      /\b(?:each|every) (?:evening|night)\b|\bnightly\b|\bevenings?\b(?! of)|\bend of (?:each |every |the )?day\b|\beod\b/i.test(
        words,
      )
    )
      return 'evening';
    if (
      /\b(?:each|every) (?:week ?day|working day|business day)\b|\bweekdays\b|\b(?:working|business) days\b/i.test(
        words,
      )
    )
      return 'weekday';
    if (/\b(?:each|every) (?:day|morning)\b|\bdaily\b|\beveryday\b|\bmornings\b|\bstand-?up\b/i.test(words))
      return 'day';
    if (
      /\b(?:each|every) (?:week|monday|tuesday|wednesday|thursday|friday)\b|\bweekly\b|\bend of (?:each |every )?week\b/i.test(
        words,
      )
    )
      return 'week';
    if (
      /\b(?:each|every|per|any) (?:stage|step|phase|wave|ramp|increase|percentage)\b|\b(?:stage|step) change\b|\bat each (?:stage|step)\b|\bbefore (?:each|every) (?:stage|step|increase|ramp)\b/i.test(
        words,
      )
    )
      return 'stage';
  }
  return undefined;
}

/** `09:00` in a heading such as `Each day at 9:00` or `8.30 am`. */
export function timeOfDayOf(text: string): string | undefined {
  const match =
    /\b(?:at|by|from|@)\s+(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm|h|o'clock)?(?![\d%])/i.exec(plain(text)) ??
    /\b(\d{1,2}):(\d{2})\s*(am|pm)?\b/i.exec(plain(text)) ??
    /\b(\d{1,2})()\s?(am|pm)\b/i.exec(plain(text));
  if (match === null || (match[2] === undefined && match[3] === undefined)) return undefined;
  const hour = (Number(match[1]) % (/am|pm/i.test(match[3] ?? '') ? 12 : 24)) + (/pm/i.test(match[3] ?? '') ? 12 : 0);
  const minute = Number(match[2] ?? 0);
  if (Number(match[1]) > 23 || minute > 59) return undefined;
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}
