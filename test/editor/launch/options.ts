import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export type ColorTheme = 'dark' | 'light' | 'high-contrast' | 'high-contrast-light';

/**
 * `trusted`: trust is switched off, everything runs. `restricted`: the workspace opens in Restricted Mode without asking.
 * `asked`: as a user gets it, VS Code opens with the modal question.
 */
export type Trust = 'trusted' | 'restricted' | 'asked';

export interface VsCodeOptions {
  /** Absolute path of the folder to open, or of a `.code-workspace` file. */
  workspace: string;
  /** The folder of an extension: under development for a test module, otherwise as if installed. */
  extensionPath?: string;
  /** Installs this packaged extension first, as a user would. */
  vsix?: string;
  /** Absolute path of a CommonJS module exporting `async run()`; the extension host runs it and VS Code ends with its outcome. */
  testModule?: string;
  /** User settings, over the quiet defaults. */
  settings?: Record<string, unknown>;
  /** Default `trusted`. */
  trust?: Trust;
  /** Reaches the extension host; `undefined` removes a variable. */
  env?: Record<string, string | undefined>;
  /** Default `dark`. */
  colorTheme?: ColorTheme;
  /** Default 1280 × 800. */
  viewport?: { width: number; height: number };
  /** Where screenshots and the log of a failure go; default `.test-results`. */
  screenshotDirectory?: string;
}

const themeNames: Record<ColorTheme, string> = {
  dark: 'Dark Modern',
  light: 'Light Modern',
  'high-contrast': 'Default High Contrast',
  'high-contrast-light': 'Default High Contrast Light',
};

function trustSettings(trust: Trust): Record<string, unknown> {
  switch (trust) {
    case 'trusted':
      return { 'security.workspace.trust.enabled': false };
    case 'restricted':
      return { 'security.workspace.trust.enabled': true, 'security.workspace.trust.startupPrompt': 'never' };
    case 'asked':
      return { 'security.workspace.trust.enabled': true, 'security.workspace.trust.startupPrompt': 'always' };
  }
}

/** The user settings of a run: nothing that contacts a server, greets, or moves by itself. */
export function userSettings(options: VsCodeOptions): Record<string, unknown> {
  return {
    'telemetry.telemetryLevel': 'off',
    'chat.disableAIFeatures': true,
    'workbench.startupEditor': 'none',
    'workbench.tips.enabled': false,
    'workbench.secondarySideBar.defaultVisibility': 'hidden',
    'workbench.enableExperiments': false,
    'extensions.autoUpdate': false,
    'extensions.autoCheckUpdates': false,
    'extensions.ignoreRecommendations': true,
    'update.mode': 'none',
    'window.confirmBeforeClose': 'never',
    'window.autoDetectHighContrast': false,
    'window.autoDetectColorScheme': false,
    'workbench.colorTheme': themeNames[options.colorTheme ?? 'dark'],
    ...trustSettings(options.trust ?? 'trusted'),
    ...options.settings,
  };
}

/** Writes `settings.json` into each of the directories. */
export async function writeSettings(directories: readonly string[], settings: Record<string, unknown>): Promise<void> {
  for (const directory of directories) {
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'settings.json'), JSON.stringify(settings, undefined, 2));
  }
}

/** The environment without the variables that an editor started by hand would not have. */
export function cleanEnvironment(env: VsCodeOptions['env']): NodeJS.ProcessEnv {
  const cleaned: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (/^(VSCODE_|ELECTRON_|npm_|NODE_OPTIONS$|VITEST)/.test(name)) continue;
    cleaned[name] = value;
  }
  for (const [name, value] of Object.entries(env ?? {})) {
    if (value === undefined) delete cleaned[name];
    else cleaned[name] = value;
  }
  return cleaned;
}
