import type { FrameLocator, Page } from 'playwright-core';
/** The command titles that the palette offers for a filter, best first. Leaves the palette closed. */
export declare function commandTitles(page: Page, filter: string): Promise<string[]>;
/** Runs a command by its full title, such as `Rampwatch: Advance`. */
export declare function runCommand(page: Page, title: string): Promise<void>;
/** Picks the item with this label in the quick pick that is open. */
export declare function pickQuickItem(page: Page, label: string): Promise<void>;
/** Types into the input box or quick pick that is open and accepts it. */
export declare function answerInput(page: Page, text: string): Promise<void>;
export interface StatusBarItem {
  /** The text beside the icons. */
  text: string;
  /** What a screen reader says. */
  label: string;
  /** The names of the codicons in the text, such as `sync`. */
  icons: string[];
  background: 'standard' | 'warning' | 'error';
}
/** The status bar item of an extension, waiting until it is there. */
export declare function statusBarItem(page: Page, extensionId: string): Promise<StatusBarItem>;
export declare function clickStatusBarItem(page: Page, extensionId: string): Promise<void>;
/** Rests the pointer on the status bar item of an extension until its hover is there, and returns where that is. */
export declare function statusBarHover(
  page: Page,
  extensionId: string,
): Promise<{
  x: number;
  y: number;
  width: number;
  height: number;
}>;
/** Opens a view container by its title in the activity bar; one that is open stays open. */
export declare function openViewContainer(page: Page, title: string): Promise<void>;
/** Opens a collapsed view of the open container. */
export declare function expandView(page: Page, view: string): Promise<void>;
/** Closes an open view of the open container. */
export declare function collapseView(page: Page, view: string): Promise<void>;
/** Drags the edge of the side bar until it is so wide. */
export declare function setSideBarWidth(page: Page, width: number): Promise<void>;
/**
 * The rows of a tree view as text, two spaces for each level: `▾ label description` for an open parent, `▸` for a
 * closed one, `[x]` or `[ ]` before a row with a checkbox. Only rows in sight: the list is virtual, so a long tree needs
 * a tall viewport.
 * @public for drives
 */
export declare function treeRows(page: Page, view: string): Promise<string[]>;
/** Waits until the rows of a tree satisfy `wanted` and returns them; the error shows the rows that were there. */
export declare function waitForTree(
  page: Page,
  view: string,
  wanted: (rows: string[]) => boolean,
  timeoutMilliseconds?: number,
): Promise<string[]>;
export declare function clickTreeRow(page: Page, view: string, label: string): Promise<void>;
/** Opens a closed parent, or closes an open one. */
export declare function toggleTreeRow(page: Page, view: string, label: string): Promise<void>;
/** Clicks the checkbox of a row. */
export declare function clickCheckbox(page: Page, view: string, label: string): Promise<void>;
/** Clicks an inline action of a row, by its title. */
export declare function clickInlineAction(page: Page, view: string, label: string, action: string): Promise<void>;
/** Clicks an action in the title bar of a view. */
export declare function clickViewAction(page: Page, view: string, action: string): Promise<void>;
/** The welcome text that an empty view shows, buttons included. */
export declare function welcomeText(page: Page, view: string): Promise<string>;
/** Presses a button of the welcome text that an empty view shows. */
export declare function clickWelcomeButton(page: Page, view: string, button: string): Promise<void>;
/** The line that a tree view shows above its rows; empty without one. */
export declare function viewMessage(page: Page, view: string): Promise<string>;
/** The hover of a row of a tree, which comes when the pointer rests on it; waits until it says what is wanted. */
export declare function treeRowHover(page: Page, view: string, label: string, wanted: RegExp): Promise<string>;
/** Presses a key while the tree has the focus. */
export declare function pressInTree(page: Page, view: string, key: string): Promise<void>;
/** The message and detail of the modal dialog, waiting until one is open. */
export declare function dialogText(page: Page): Promise<string>;
/** Presses the button with this label in the modal dialog and waits until the dialog is gone. */
export declare function answerDialog(page: Page, button: string): Promise<void>;
/** Waits for a notification whose message holds `text`, and returns the whole message. */
export declare function waitForNotification(page: Page, text: string | RegExp): Promise<string>;
/** Presses a button of the notification whose message holds `text`. */
export declare function answerNotification(page: Page, text: string | RegExp, button: string): Promise<void>;
/** The messages of the notifications that are on screen. */
export declare function notificationTexts(page: Page): Promise<string[]>;
/** The labels of the buttons of a notification whose message holds `text`. */
export declare function notificationButtons(page: Page, text: string | RegExp): Promise<string[]>;
/** Closes every notification. */
export declare function clearNotifications(page: Page): Promise<void>;
/** The place of the cursor as the status bar says it: `Ln 12, Col 1`. */
export declare function cursorPlace(page: Page): Promise<string>;
/** The text that the active editor shows, as far as it is in sight. */
export declare function editorText(page: Page): Promise<string>;
/** Opens a file of the workspace by the path or name that quick open finds. */
export declare function openFile(page: Page, path: string): Promise<void>;
/** The titles of the open editors of all groups, in order. */
export declare function editorTitles(page: Page): Promise<string[]>;
/** Follows the link in the active editor whose words are these, as a person does: with Ctrl held down. */
export declare function followEditorLink(page: Page, words: string): Promise<void>;
/** The page inside the visible webview; with several, `index` counts them in the order they were made. */
export declare function webview(page: Page, index?: number): FrameLocator;
