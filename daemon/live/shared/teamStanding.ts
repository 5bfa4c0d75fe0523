import type { TeamView } from '../../protocol/wire/view.ts';
import { isLive, type Membership } from '../../team/membership.ts';

/** The state of a shared rollout on this machine, as far as its words need it. */
export interface TeamStanding {
  /** This daemon's own name. */
  readonly self: string;
  readonly member: Membership;
  readonly isJudging: boolean;
  /** The database does not answer, or refuses; `null`: it answers. */
  readonly trouble: { readonly why: string; readonly code: string } | null;
  /** Why this daemon may not hold the lease; `null`: it may. */
  readonly unfit: string | null;
  /** Milliseconds of the clock by which the lease ends. */
  readonly now: number;
}

export function teamView(standing: TeamStanding): TeamView {
  const { self, member, isJudging } = standing;
  const trouble = troubleText(standing);
  const epoch = member.kind === 'unknown' ? 0 : member.epoch;
  if (isJudging) return { role: 'holds', self, holder: self, epoch, trouble };
  const holder = member.kind === 'following' ? member.holder : null;
  return { role: 'follows', self, holder, epoch, trouble };
}

export function holderText({ member }: Pick<TeamStanding, 'member'>): string {
  if (member.kind !== 'following') return 'another daemon';
  return member.holder ?? member.last ?? 'another daemon';
}

export function awayText({ trouble }: Pick<TeamStanding, 'trouble'>): string | null {
  if (trouble === null) return null;
  return trouble.code === 'team-away'
    ? `the database of the team is away (${trouble.why})`
    : `the database of the team refuses: ${trouble.why}`;
}

/** In a line, the reason why no holder can be asked now; `null`: one can. */
export function noHolderText(standing: TeamStanding): string | null {
  const away = awayText(standing);
  if (away !== null) return away;
  const { member } = standing;
  return member.kind === 'following' && member.holder !== null ? null : (troubleText(standing) ?? 'nobody judges');
}

function troubleText(standing: TeamStanding): string | null {
  const { member, isJudging, unfit, now } = standing;
  const away = awayText(standing);
  if (isJudging) {
    if (away !== null) return `${away}; it is judged here all the same, and nothing advances`;
    return isLive(member, now) ? null : 'the lease has ended and is not renewed yet: nothing advances';
  }
  if (member.kind !== 'following') {
    return away === null ? 'the database of the team has not answered yet' : `${away}: nobody knows yet who judges`;
  }
  if (away !== null) return `${away}: this is the last that was known of ${holderText(standing)}`;
  if (member.holder !== null) return null;
  const last = member.last === null ? '' : `${member.last} no longer holds the lease; `;
  return unfit === null
    ? `${last}taking over`
    : `nobody judges: ${last}this machine cannot take over, because ${unfit}`;
}
