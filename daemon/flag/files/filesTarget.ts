import { resolve } from 'node:path';
import { type FilesFlag, flagSettings } from '../../protocol/domain/flagKinds.ts';
import { filledText, filledValue, tellsExpiry } from '../../protocol/domain/flagTemplate.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import { insideRoot, readFound } from '../flagFile.ts';
import { templatesReading } from '../flagReading.ts';
import { inTurn, setInFile } from '../setInFile.ts';
import type { FlagReport, FlagSeen, FlagTarget, FlagValues, SetWay, Wanted } from '../target.ts';
import { type FlagSetting, valuesIn, withValues } from './valuesInText.ts';

type FlagFile = FilesFlag['files'][number];

/** Values in files of JSON or YAML in the plan's folder. */
export class FilesTarget implements FlagTarget {
  readonly name: string;
  readonly places: FlagTarget['places'];
  readonly #root: string;
  readonly #flag: FilesFlag;
  #lastSeen: FlagSeen | null = null;

  constructor(root: string, flag: FilesFlag) {
    this.#root = root;
    this.#flag = flag;
    this.name = flag.files.map(({ file }) => file).join(', ');
    this.places = flag.files.flatMap(({ file, set }) =>
      Object.keys(set).map((pointer) => ({ key: pointer, place: `${resolve(root, file)} ${pointer}` })),
    );
  }

  get lastSeen(): FlagSeen | null {
    return this.#lastSeen;
  }

  describe(wanted: Wanted): Readonly<Record<string, string>> {
    return Object.fromEntries(
      flagSettings(this.#flag)
        .filter(({ template }) => !tellsExpiry(template))
        .map(({ name, template }) => [name, filledText(template, wanted)]),
    );
  }

  async look(): Promise<FlagSeen> {
    const seen = await Promise.all(this.#flag.files.map((each) => this.#valuesOf(each)));
    const settings = flagSettings(this.#flag);
    const texts = seen.flat();
    const values: FlagValues = Object.fromEntries(settings.map(({ name }, index) => [name, texts[index] ?? null]));
    const templates = Object.fromEntries(settings.map(({ name, template }) => [name, template]));
    const looked = { values, reading: templatesReading(this.name, templates, values) };
    this.#lastSeen = looked;
    return looked;
  }

  /** Each file is set whatever came of the others: a rollback goes as far as it can, and says where it could not. */
  async set(wanted: Wanted, { direction }: Pick<SetWay, 'direction'>): Promise<FlagReport> {
    const reports: FlagReport[] = [];
    for (const each of this.#flag.files) reports.push(await this.#setFile(each, wanted, direction));
    await this.look();
    const wrong = reports.flatMap((report) => (report.kind === 'verified' ? [] : [report]));
    const [first, ...others] = wrong;
    if (first === undefined) return { kind: 'verified' };
    const kind =
      wrong.length < reports.length || wrong.some((report) => report.kind === 'written') ? 'written' : 'failed';
    return { kind, detail: [first, ...others].map(({ detail }) => detail).join('; ') };
  }

  async #setFile({ file, set, write }: FlagFile, wanted: Wanted, direction: SetWay['direction']): Promise<FlagReport> {
    const settings: Readonly<Record<string, FlagSetting>> = Object.fromEntries(
      Object.entries(set).map(([pointer, template]) => [
        pointer,
        {
          value: typeof template === 'string' ? filledValue(template, wanted) : template,
          keepsText: typeof template === 'string',
          changesAliases: direction === 'back',
        },
      ]),
    );
    return await setInFile(this.#root, file, write, {
      isSet: (bytes) => withValues(file, bytes.toString('utf8'), settings) === bytes.toString('utf8'),
      edit: (bytes) => {
        if (bytes === null)
          throw new UserError('flag-file', `${file} does not exist: write it once, with the values for 0 %`);
        const text = bytes.toString('utf8');
        if (!Buffer.from(text).equals(bytes)) throw new UserError('flag-file', `${file} is not in UTF-8: save it so`);
        return Buffer.from(withValues(file, text, settings));
      },
    });
  }

  /** In the order of the plan; `null` for each when the file cannot be read. */
  async #valuesOf({ file, set }: FlagFile): Promise<readonly (string | null)[]> {
    const pointers = Object.keys(set);
    return await inTurn(resolve(this.#root, file), async () => {
      try {
        const found = await readFound(await insideRoot(this.#root, file));
        const values = valuesIn(file, found?.bytes.toString('utf8') ?? '', pointers);
        return pointers.map((pointer) => values[pointer] ?? null);
      } catch {
        return pointers.map(() => null);
      }
    });
  }
}
