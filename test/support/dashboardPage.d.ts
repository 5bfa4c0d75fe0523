import { type Page } from 'playwright-core';
import type { HostMessage, PageMessage } from '../../daemon/protocol/dashboard.ts';
import { type ThemeName } from './editorThemes.ts';
/** What stands in for the editor's side inside the page; put there before any script of the page runs. */
declare global {
    interface Window {
        sentToHost: PageMessage[];
        violations: string[];
    }
}
/** A Chromium that opens the dashboard as the editor would: same document, same policy, a host that is played by hand. */
export declare class DashboardBrowser {
    #private;
    private constructor();
    static start(): Promise<DashboardBrowser>;
    open(options: {
        readonly theme?: ThemeName;
        readonly width?: number;
        readonly height?: number;
        readonly place?: 'editor' | 'sidebar';
        readonly reducedMotion?: boolean;
        /** The page's clock stands still here; its timers run on. */
        readonly now?: number;
    }): Promise<OpenDashboard>;
    close(): Promise<void>;
}
/** One page, and the host's side of its messages. */
export declare class OpenDashboard {
    readonly page: Page;
    /** Errors and warnings of the console, and exceptions that nothing caught. */
    readonly complaints: readonly string[];
    constructor(page: Page, complaints: readonly string[]);
    /** Tells the page something and waits until it has drawn. */
    tell(...messages: readonly HostMessage[]): Promise<void>;
    sent(): Promise<PageMessage[]>;
    sentOf<T extends PageMessage['type']>(type: T): Promise<Extract<PageMessage, {
        type: T;
    }>[]>;
    violations(): Promise<string[]>;
    useTheme(theme: ThemeName): Promise<void>;
    /** What axe finds that is serious or worse. */
    seriousFindings(): Promise<string[]>;
    close(): Promise<void>;
}
