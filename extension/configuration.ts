import type { Vscode } from './vscodeApi.ts';

/** Every setting of the manifest with the type of its value; a test compares the two. */
export interface Configuration {
  'rampwatch.autoStart': boolean;
  'rampwatch.codeLens': boolean;
  /** Failures of the treatment at the lines of the source that they come from. */
  'rampwatch.errorsInSource': boolean;
  'rampwatch.nodePath': string;
  'rampwatch.notify.away': 'off' | 'system' | 'command';
  /** The program and its words; run only once a person has approved exactly these. */
  'rampwatch.notify.awayCommand': readonly string[];
  'rampwatch.notify.gateReady': boolean;
  'rampwatch.notify.reviewNeeded': boolean;
  'rampwatch.notify.rollback': boolean;
  'rampwatch.notify.rollbackFailed': boolean;
  'rampwatch.notify.sourceSilent': boolean;
  'rampwatch.plans': string;
  'rampwatch.stateDirectory': string;
}

export const configurationDefaults: Readonly<Configuration> = {
  'rampwatch.autoStart': true,
  'rampwatch.codeLens': true,
  'rampwatch.errorsInSource': false,
  'rampwatch.nodePath': '',
  'rampwatch.notify.away': 'off',
  'rampwatch.notify.awayCommand': [],
  'rampwatch.notify.gateReady': true,
  'rampwatch.notify.reviewNeeded': true,
  'rampwatch.notify.rollback': true,
  'rampwatch.notify.rollbackFailed': true,
  'rampwatch.notify.sourceSilent': true,
  'rampwatch.plans': '**/{rampwatch.yaml,*.rampwatch.yaml}',
  'rampwatch.stateDirectory': '',
};

export type ConfigurationKey = keyof Configuration;

export function readConfiguration<K extends ConfigurationKey>(vscode: Vscode, key: K): Configuration[K] {
  return vscode.workspace.getConfiguration().get<Configuration[K]>(key) ?? configurationDefaults[key];
}
