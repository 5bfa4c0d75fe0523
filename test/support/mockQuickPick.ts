import { MockEventEmitter } from './mockValues.ts';

export interface Labelled {
  readonly label: string;
  readonly description?: string;
  readonly kind?: number;
}

/** Read-only rows can be chosen like others: the extension decides about the effect. `←` goes back. */
export function mockQuickPick(
  ask: (kind: string, text: string, choices: readonly string[]) => Promise<string | undefined>,
) {
  const accepted = new MockEventEmitter<void>();
  const hidden = new MockEventEmitter<void>();
  const triggered = new MockEventEmitter<object>();
  const pick = {
    title: '',
    placeholder: '',
    items: [] as readonly (Labelled & { readonly detail?: string })[],
    buttons: [] as readonly object[],
    selectedItems: [] as readonly Labelled[],
    onDidAccept: accepted.event,
    onDidHide: hidden.event,
    onDidTriggerButton: triggered.event,
    show: async () => {
      const lines = pick.items.map(({ label, description, detail, kind }) =>
        kind === -1 ? `--- ${label}` : [label, description ?? '', detail ?? ''].join(' ').trim().replaceAll('  ', ' '),
      );
      const back = pick.buttons.length > 0 ? ['←'] : [];
      const chosen = await ask('pick', `${pick.title} | ${pick.placeholder}`, [...back, ...lines]);
      if (chosen === '←') triggered.fire({});
      else if (chosen === undefined) hidden.fire();
      else {
        pick.selectedItems = pick.items.filter(({ label }) => label.includes(chosen)).slice(0, 1);
        accepted.fire();
      }
    },
    hide: () => hidden.fire(),
    dispose: () => undefined,
  };
  return pick;
}
