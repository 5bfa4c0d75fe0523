import type { Place } from '../../daemon/protocol/domain/place.ts';
import type { Firing } from '../../daemon/protocol/domain/verdict.ts';
import type { WhyQuestion } from '../../daemon/protocol/wire/pageMessages.ts';
import type { CommandName } from '../commandNames.ts';
import type { PlanPlace } from '../connection/standing.ts';

/** The subject of "Show Why": what a page may ask, or a firing as the journal kept it. */
export type WhyAbout = WhyQuestion | { readonly kind: 'firing'; readonly firing: Firing };

/** What the present state alone can explain. */
export type PresentAbout = Exclude<WhyAbout, { kind: 'fired' | 'moment' }>;

/** A row of a tree as plain values: made by pure functions, drawn by `rowTree.ts`, compared as text in tests. */
export interface Row {
  /** Stable across updates: the editor keeps selection and expansion by it. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly icon: RowIcon;
  /** Words that the manifest's menus test with `viewItem =~ /\bword\b/`. */
  readonly context: readonly string[];
  /** Markdown whose untrusted parts are escaped; never trusted, so that a link in it runs nothing. */
  readonly tooltip: string;
  /** The text for a screen reader: the row without its icon has to be complete. */
  readonly spoken: string;
  readonly expansion: 'leaf' | 'collapsed' | 'expanded';
  readonly subject: Subject;
  /** Run with the row when it is chosen. */
  readonly open?: CommandName | undefined;
  readonly checkbox?: { readonly checked: boolean; readonly tooltip: string } | undefined;
  readonly children: readonly Row[];
}

/** A line above a part of the plan, in the words of the trees. */
export interface LensFace {
  /** An icon's name. */
  readonly icon: string;
  readonly text: string;
}

export interface RowIcon {
  readonly id: string;
  /** A theme colour, for meaning only. */
  readonly color?: string | undefined;
}

/** The subject of a command that is called on a row. */
export interface Subject {
  readonly folder: string;
  readonly rollout: string;
  /** The part of the plan that the row shows (`stages.1.gate.0`), a key of `PlanView.lines`. */
  readonly planPart: string | null;
  /** The line of a plan file that keeps it from being used. */
  readonly fault?: Pick<PlanPlace, 'file' | 'line'> | undefined;
  /** The question that can be explained about it. */
  readonly why?: WhyAbout | undefined;
  /** The records that it rests on, newest last. */
  readonly places?: readonly Place[] | undefined;
  /** A path of the plan's reading list, as the plan writes it. */
  readonly document?: string | undefined;
  /** A credential's place, as the plan names it: `env:FLAGS_TOKEN`. */
  readonly credential?: string | undefined;
  /** A checklist's item: `<checklist>/<item>`. */
  readonly item?: string | undefined;
}
