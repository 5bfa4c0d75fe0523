import { join } from 'node:path';
import type { DotenvFlag } from '../../protocol/domain/flagKinds.ts';
import { ofStage } from '../../protocol/domain/flagTemplate.ts';
import type { FlagReport, FlagSeen, FlagTarget, Wanted } from '../target.ts';
import { flagValues, seenFlag, setFlag } from './dotenv.ts';
import { flagReading } from './flagReading.ts';

/** Keys of a `.env` file in the plan's folder. */
export class DotenvTarget implements FlagTarget {
  readonly name: string;
  readonly places: FlagTarget['places'];
  readonly #root: string;
  readonly #flag: DotenvFlag;
  #lastSeen: FlagSeen | null = null;

  constructor(root: string, flag: DotenvFlag) {
    this.#root = root;
    this.#flag = flag;
    this.name = flag.dotenv;
    const file = join(root, flag.dotenv);
    this.places = Object.keys(flag.set).map((key) => ({ key, place: `${file} ${key}` }));
  }

  get lastSeen(): FlagSeen | null {
    return this.#lastSeen;
  }

  describe(wanted: Wanted): Readonly<Record<string, string>> {
    return flagValues({ ...this.#flag, set: ofStage(this.#flag.set) }, wanted);
  }

  async look(): Promise<FlagSeen> {
    const values = await seenFlag(this.#root, this.#flag);
    const seen = { values, reading: flagReading(this.#flag, values) };
    this.#lastSeen = seen;
    return seen;
  }

  async set(wanted: Wanted): Promise<FlagReport> {
    const report = await setFlag(this.#root, this.#flag, wanted);
    // A look from before the write does not count as drift.
    await this.look();
    return report;
  }
}
