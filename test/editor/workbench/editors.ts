// Editors, their content, and webviews.
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { chooseByKey, quickField, quickInput, runCommand } from './quickInput.ts';
import { againAndAgain, polled, present, texts, visibleText, WAIT_MILLISECONDS } from './waiting.ts';

/** Waits until the status bar says that the cursor is at the first column of this line. */
export async function waitForCursorLine(page: Page, line: number): Promise<void> {
  const item = page.locator('.statusbar-item[id="status.editor.selection"]');
  const wanted = item.filter({ hasText: new RegExp(`Ln ${line}, Col 1(?!\\d)`) });
  await present(wanted, `the cursor at line ${line}`, () => texts(item));
}

/** The text that the active editor shows, as far as it is in sight, once it is as wanted: a tab stands before its text. */
export async function editorText(page: Page, ...wanted: readonly RegExp[]): Promise<string> {
  const lines = page.locator('.editor-group-container.active .view-lines').first();
  const read = async () => (await visibleText(lines, 1_000).catch(() => '')).replaceAll('\u00a0', ' ');
  return await polled(page, read, (text) => wanted.every((each) => each.test(text)), `the lines, wanted ${wanted},`);
}

/** Opens a file of the workspace by the path or name that quick open finds. */
export async function openFile(page: Page, path: string): Promise<void> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  await chooseByKey(page, 'Control+P', path, name);
  await page.locator('.tab.active').filter({ hasText: name }).waitFor({ timeout: WAIT_MILLISECONDS });
}

/** The titles of the open editors of all groups, in order. */
export async function editorTitles(page: Page): Promise<string[]> {
  // A file's name and its extension are elements of their own.
  return page
    .locator('.tabs-container .tab')
    .evaluateAll((tabs) =>
      tabs.map((tab) =>
        [...tab.querySelectorAll('.label-name, .label-suffix')].map((part) => part.textContent).join(''),
      ),
    );
}

/** Does `open` until the active editor has this title. Only for an `open` without other effects. */
export async function openTab(
  page: Page,
  tab: string | RegExp,
  open: (patience: number) => Promise<void>,
): Promise<void> {
  const opened = await againAndAgain(async (patience) => {
    await open(patience);
    return await tabComes(page, tab, patience);
  });
  if (!opened) throw new Error(`no editor ${tab} came; open: ${await editorTitles(page)}`);
}

async function tabComes(page: Page, tab: string | RegExp, timeout: number): Promise<boolean> {
  return await page
    .locator('.tab.active')
    .filter({ hasText: tab })
    .first()
    .waitFor({ timeout })
    .then(
      () => true,
      () => false,
    );
}

/** The page inside the visible webview; with several, `index` counts them in the order they were made. */
export function webview(page: Page, index = 0): FrameLocator {
  return page.locator('iframe.webview.ready').nth(index).contentFrame().frameLocator('#active-frame');
}

/** Puts the cursor on a place, both 1-based, of the editor that has the focus. */
export async function goToPlace(page: Page, line: number, column: number): Promise<void> {
  await page.locator('.editor-instance .monaco-editor').last().waitFor({ timeout: WAIT_MILLISECONDS });
  const cursor = page.locator('.statusbar-item[id="status.editor.selection"]');
  const there = await againAndAgain(async (patience) => {
    try {
      await page.keyboard.press('Control+G');
      await quickField(page).fill(`:${line}:${column}`, { timeout: patience });
      await quickField(page).press('Enter', { timeout: patience });
      await cursor
        .filter({ hasText: new RegExp(`Ln ${line}, Col ${column}(?!\\d)`) })
        .first()
        .waitFor({ timeout: patience });
      return true;
    } catch {
      await page.keyboard.press('Escape');
      return false;
    }
  });
  if (!there) throw new Error(`the cursor did not go to ${line}:${column}; instead: ${await texts(cursor)}`);
  await quickInput(page).waitFor({ state: 'hidden', timeout: WAIT_MILLISECONDS });
}

/** The rows of the Problems view, files and problems, which is opened for it; waits until they are as wanted. */
export async function problemRows(page: Page, wanted: (rows: string[]) => boolean): Promise<string[]> {
  const panel = page.locator('.markers-panel');
  if (!(await panel.isVisible())) await runCommand(page, 'View: Focus Problems');
  await panel.waitFor({ timeout: WAIT_MILLISECONDS });
  const rows = panel.locator('.monaco-list-row');
  const read = async () => (await rows.allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim());
  return await polled(page, read, wanted, 'the problems');
}

const lenses = (page: Page) => page.locator('.codelens-decoration a, .codelens-decoration > span');

/** The words above the lines of the open editor, icons left out; waits until they are as wanted. */
export async function waitForLenses(page: Page, wanted: (lenses: string[]) => boolean): Promise<string[]> {
  const read = async () => (await lenses(page).allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim());
  return await polled(page, read, wanted, 'the lenses');
}

/**
 * Clicks the first lens that begins with the text, if it can. A lens whose figures move is drawn anew: check the
 * effect.
 */
export async function tryLens(page: Page, text: string, patience: number): Promise<void> {
  const lens = lenses(page).filter({ hasText: new RegExp(`^\\s*${text}`) });
  await lens
    .first()
    .click({ timeout: patience })
    .catch(() => undefined);
}

/** Asks for proposals at the cursor, and waits until they are as wanted. */
export async function suggestions(page: Page, wanted: (labels: string[]) => boolean): Promise<string[]> {
  const rows = page.locator('.suggest-widget.visible .monaco-list-row .label-name');
  let seen: string[] = [];
  const came = await againAndAgain(async (patience) => {
    await page.keyboard.press('Control+Space');
    for (const end = Date.now() + patience; Date.now() < end && !wanted(seen); await page.waitForTimeout(50)) {
      seen = await rows.allInnerTexts();
    }
    if (!wanted(seen)) await page.keyboard.press('Escape');
    return wanted(seen);
  });
  if (!came) throw new Error(`the proposals stayed as they are: ${seen.join(' | ') || '(none)'}`);
  return seen;
}

/** The quick fix with these words at the cursor; asks again when the editor had not the focus yet. */
export async function quickFix(page: Page, title: string): Promise<Locator> {
  const rows = page.locator('.action-widget .monaco-list-row');
  const wanted = rows.filter({ hasText: title }).first();
  const shown = await againAndAgain(async (patience) => {
    await page.keyboard.press('Control+.');
    const came = await wanted.waitFor({ timeout: patience }).then(
      () => true,
      () => false,
    );
    if (!came) await page.keyboard.press('Escape');
    return came;
  });
  if (!shown) throw new Error(`the quick fix "${title}" did not come; instead: ${await texts(rows)}`);
  return wanted;
}
