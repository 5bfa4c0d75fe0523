import type { Teams } from './live/shared/sharedRollout.ts';
import { UserError } from './protocol/domain/userError.ts';
import { memberOf } from './team/identity.ts';
import type { Member, Team } from './team/team.ts';

/** The databases of a daemon's teams: one for each URL, opened when a plan first asks for it. */
export class OpenTeams implements Teams {
  readonly #directory: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #open = new Map<string, Promise<Team>>();
  #member: Member | null = null;

  constructor(directory: string, environment: NodeJS.ProcessEnv) {
    this.#directory = directory;
    this.#environment = environment;
  }

  get member(): Member {
    this.#member ??= memberOf(this.#directory, this.#environment);
    return this.#member;
  }

  of(variable: string): Promise<Team> {
    const url = teamUrl(variable, this.#environment);
    const known = this.#open.get(url);
    if (known !== undefined) return known;
    const opening = openTeam(url, this.member);
    this.#open.set(url, opening);
    return opening;
  }

  async close(): Promise<void> {
    const teams = await Promise.all(this.#open.values());
    await Promise.all(teams.map((team) => team.close()));
  }
}

/** @throws UserError when the variable holds no URL of a PostgreSQL database; the message never has its value */
export function teamUrl(variable: string, environment: NodeJS.ProcessEnv): string {
  const url = environment[variable]?.trim() ?? '';
  if (url === '')
    throw new UserError('team-refused', `the environment variable ${variable} is not set where the daemon was started`);
  if (!/^postgres(?:ql)?:\/\//.test(url)) {
    throw new UserError(
      'team-refused',
      `the environment variable ${variable} does not hold a URL that begins with postgres://`,
    );
  }
  return url;
}

/** The client of PostgreSQL is loaded when a plan asks for it, and not before. */
export async function openTeam(url: string, member: Member): Promise<Team> {
  const { PostgresTeam } = await import('./team/postgres/postgresTeam.ts');
  return new PostgresTeam(url, member);
}
