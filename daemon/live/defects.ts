/** The parts of a rollout in which a defect of ours can show; a defect is over once its part works again. */
type Area =
  | 'deciding'
  | 'reading'
  | 'a second reading'
  | 'the sources'
  | 'the view'
  | 'the flag'
  | 'a gauge'
  | 'the checklists'
  | 'the journal';

/**
 * Unforeseen errors of one rollout. They end neither the daemon nor the other rollouts: the log has each with its
 * stack, once while it lasts, and people see one line.
 */
export class Defects {
  readonly #log: (detail: string) => void;
  readonly #open = new Map<Area, string>();

  constructor(log: (detail: string) => void) {
    this.#log = log;
  }

  /** One line while there is any. */
  get line(): string | null {
    const [first] = this.#open;
    if (first === undefined) return null;
    const [area, said] = first;
    return `internal error in ${area} (${said}): no advance until it is over, a rollback is possible; \`rampwatch logs\` has the details`;
  }

  note(area: Area, error: unknown): void {
    const said = error instanceof Error ? error.message : String(error);
    if (this.#open.get(area) === said) return;
    this.#open.set(area, said);
    this.#log(`internal error in ${area}: ${error instanceof Error ? (error.stack ?? said) : said}`);
  }

  over(area: Area): void {
    this.#open.delete(area);
  }

  guard<Result>(area: Area, act: () => Result, otherwise: Result): Result {
    try {
      const result = act();
      this.over(area);
      return result;
    } catch (error) {
      this.note(area, error);
      return otherwise;
    }
  }
}
