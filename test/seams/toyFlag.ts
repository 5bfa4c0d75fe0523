import type { FlagReport, FlagSeen, FlagTarget, Wanted } from '../../daemon/flag/target.ts';
import { percent } from '../../daemon/protocol/domain/units.ts';

/** A switch in memory: a kind of flag that no plan knows. */
export class ToySwitch implements FlagTarget {
  readonly name = 'the toy switch';
  readonly places = [{ key: 'share', place: 'toy share' }];
  lastSeen: FlagSeen | null = null;
  /** The value that somebody else may change. */
  share = 0;

  describe({ enabled, percent: wanted }: Wanted): Readonly<Record<string, string>> {
    return { share: String(enabled ? wanted : 0) };
  }

  async look(): Promise<FlagSeen> {
    const detail = `the toy switch says share=${this.share}`;
    this.lastSeen = {
      values: { share: String(this.share) },
      reading: this.share === 0 ? { kind: 'off', detail } : { kind: 'exposing', percent: percent(this.share), detail },
    };
    return this.lastSeen;
  }

  async set(wanted: Wanted): Promise<FlagReport> {
    this.share = Number(this.describe(wanted).share);
    await this.look();
    return { kind: 'verified' };
  }
}
