import type { Vscode } from './vscodeApi.ts';

/** Every setting of the manifest with the type of its value; a test holds the two against each other. */
export interface Configuration {
  'rampwatch.autoStart': boolean;
  'rampwatch.nodePath': string;
  'rampwatch.plans': string;
  'rampwatch.stateDirectory': string;
}

export const configurationDefaults: Readonly<Configuration> = {
  'rampwatch.autoStart': true,
  'rampwatch.nodePath': '',
  'rampwatch.plans': '**/{rampwatch.yaml,*.rampwatch.yaml}',
  'rampwatch.stateDirectory': '',
};

export type ConfigurationKey = keyof Configuration;

export function readConfiguration<K extends ConfigurationKey>(vscode: Vscode, key: K): Configuration[K] {
  return vscode.workspace.getConfiguration().get<Configuration[K]>(key) ?? configurationDefaults[key];
}
