import { credentialPlaces, placeText } from './credentialText.ts';
import { flagCredentials, flagVariables } from './flagKinds.ts';
import { messageCredentials } from './messageTarget.ts';
import type { Plan } from './plan.ts';
import { outsideUseOf, sourceCredentials } from './sourceKinds.ts';

/** A credential that a plan asks for. */
export interface AskedCredential {
  /** As `placeText` writes it. */
  readonly place: string;
  /** The parts of the plan that use it: `flag`, `sources[0]`. */
  readonly uses: readonly string[];
}

/** Every credential that a plan names, in its order: in headers and tokens, and as the variables that its commands get. */
export function askedCredentials({
  flag,
  sources,
  messages,
}: Pick<Plan, 'flag' | 'sources' | 'messages'>): readonly AskedCredential[] {
  const named = [
    ...placesIn(flagCredentials(flag)).map((place) => ({ place, use: 'flag' })),
    ...flagVariables(flag).map((name) => ({ place: variable(name), use: 'flag' })),
    ...sources.flatMap((source, index) => {
      const { needs } = outsideUseOf(source) ?? {};
      const variables = needs?.kind === 'command' ? needs.environment.map(variable) : [];
      return [...placesIn(sourceCredentials(source)), ...variables].map((place) => ({
        place,
        use: `sources[${index}]`,
      }));
    }),
    ...messages.flatMap((target, index) => {
      const variables = target.to === 'command' ? (target.environment ?? []).map(variable) : [];
      return [...placesIn(messageCredentials(target)), ...variables].map((place) => ({
        place,
        use: `messages[${index}]`,
      }));
    }),
  ];
  return [...Map.groupBy(named, ({ place }) => place)].map(([place, all]) => ({
    place,
    uses: [...new Set(all.map(({ use }) => use))],
  }));
}

function placesIn(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => credentialPlaces(text).map(placeText));
}

function variable(name: string): string {
  return placeText({ from: 'environment', name });
}
