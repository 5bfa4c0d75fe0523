export type ColorTheme = 'dark' | 'light' | 'high-contrast' | 'high-contrast-light';
/**
 * `trusted`: trust is switched off, everything runs. `restricted`: the workspace opens in Restricted Mode without asking.
 * `asked`: as a user gets it, VS Code opens with the modal question.
 */
export type Trust = 'trusted' | 'restricted' | 'asked';
export interface VsCodeOptions {
  /** Absolute path of the folder to open. */
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
  viewport?: {
    width: number;
    height: number;
  };
  /** Where screenshots and the log of a failure go; default `.test-results`. */
  screenshotDirectory?: string;
}
/** The user settings of a run: nothing that calls home, greets, or moves by itself. */
export declare function userSettings(options: VsCodeOptions): Record<string, unknown>;
/** Writes `settings.json` into each of the directories. */
export declare function writeSettings(directories: readonly string[], settings: Record<string, unknown>): Promise<void>;
/** What an editor started by hand would not have in its environment. */
export declare function cleanEnvironment(env: VsCodeOptions['env']): NodeJS.ProcessEnv;
