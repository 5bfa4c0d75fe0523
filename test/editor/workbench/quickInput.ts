// The command palette, quick picks and input boxes.
import type { Page } from 'playwright-core';
import { againAndAgain, present, texts, WAIT_MILLISECONDS } from './waiting.ts';

export const quickInput = (page: Page) => page.locator('.quick-input-widget:visible');

const quickRows = (page: Page) => quickInput(page).locator('.quick-input-list .monaco-list-row');

export const quickField = (page: Page) => quickInput(page).locator('.quick-input-box input');

const quickTitles = (page: Page) => quickRows(page).locator('.label-name');

const quickRow = (page: Page, label: string) =>
  quickRows(page).filter({ has: page.locator('.label-name').getByText(label, { exact: true }) });

/**
 * Opens the quick input with a key, filters, and clicks the row with this label. It begins again when the row does not
 * come or the input closes: an editor that opens late takes the focus and closes it, and a list made before an
 * extension's commands were known stays without them.
 */
export async function chooseByKey(page: Page, key: string, filter: string, label: string): Promise<void> {
  let seen = '(nothing)';
  const chosen = await againAndAgain(async (patience) => {
    try {
      await page.keyboard.press(key);
      await quickField(page).fill(filter, { timeout: patience });
      await quickRow(page, label).first().waitFor({ timeout: patience });
      await quickRow(page, label).first().click({ timeout: patience });
      return true;
    } catch {
      seen = await texts(quickTitles(page));
      await page.keyboard.press('Escape');
      return false;
    }
  });
  if (!chosen) throw new Error(`"${label}" did not come for "${filter}"; instead: ${seen}`);
}

/**
 * The command titles that the palette offers for a filter, best first, once they are as wanted: a list made before an
 * extension's commands were known stays without them. Leaves the palette closed.
 */
export async function commandTitles(
  page: Page,
  filter: string,
  wanted: (titles: readonly string[]) => boolean = (titles) => titles.length > 0,
): Promise<string[]> {
  let titles: string[] = [];
  const offered = await againAndAgain(async (patience) => {
    try {
      await page.keyboard.press('F1');
      await quickField(page).fill(`>${filter}`, { timeout: patience });
      for (const end = Date.now() + patience; Date.now() < end && !wanted(titles); await page.waitForTimeout(50)) {
        titles = await quickTitles(page).allInnerTexts();
      }
    } catch {
      // The input closed again, or has not come yet.
    }
    await page.keyboard.press('Escape');
    return wanted(titles);
  });
  if (!offered) throw new Error(`the palette offered for "${filter}" only: ${titles.join(' | ') || '(nothing)'}`);
  await quickInput(page).waitFor({ state: 'hidden', timeout: WAIT_MILLISECONDS });
  return titles;
}

/** Runs a command by its full title, such as `Rampwatch: Advance`. */
export async function runCommand(page: Page, title: string): Promise<void> {
  await chooseByKey(page, 'F1', `>${title}`, title);
}

/** Picks the item with this label in the quick pick that is open. */
export async function pickQuickItem(page: Page, label: string): Promise<void> {
  await (await present(quickRow(page, label), `the item "${label}"`, () => texts(quickRows(page)))).click();
}

/**
 * Runs a command that asks at once, and picks this item. It begins again when the list closes before that, as it does when
 * an editor of the step before takes the focus late.
 */
export async function runAndPick(page: Page, title: string, label: string): Promise<void> {
  const picked = await againAndAgain(async (patience) => {
    await runCommand(page, title);
    try {
      await quickRow(page, label).click({ timeout: patience });
      return true;
    } catch {
      await page.keyboard.press('Escape');
      return false;
    }
  });
  if (!picked) throw new Error(`"${title}" did not offer "${label}" for long enough to pick it`);
}

/**
 * Types into the open input box and accepts it. `about`: words of the box, where an earlier list or box may still be
 * open.
 */
export async function answerInput(page: Page, text: string, about = ''): Promise<void> {
  const box = quickInput(page).filter({ hasText: about });
  const input = box.locator('.quick-input-box input');
  await (await present(input, `an input box "${about}"`, () => texts(quickInput(page)))).fill(text);
  await input.press('Enter');
}

/**
 * Answers the dialog that asks where to save. The dialog writes its own proposal into the field a while after it has
 * opened, so the typed text has to be seen to stay.
 */
export async function answerSaveDialog(page: Page, path: string): Promise<void> {
  const input = quickField(page);
  await present(input, 'a dialog for a file', async () => 'none');
  const end = Date.now() + WAIT_MILLISECONDS;
  while ((await input.inputValue()) === '') {
    if (Date.now() > end) throw new Error('the dialog for a file proposed none');
    await page.waitForTimeout(50);
  }
  for (let stayed = 0; stayed < 5; ) {
    if (Date.now() > end) throw new Error(`the dialog for a file went back to "${await input.inputValue()}"`);
    if ((await input.inputValue()) === path) stayed += 1;
    else {
      stayed = 0;
      await input.fill(path);
    }
    await page.waitForTimeout(100);
  }
  // The dialog takes no answer while it still reads the folder.
  const answered = await againAndAgain(async (patience) => {
    await input.press('Enter', { timeout: patience }).catch(() => undefined);
    return await quickInput(page)
      .waitFor({ state: 'hidden', timeout: patience })
      .then(
        () => true,
        () => false,
      );
  });
  if (!answered) throw new Error(`the dialog for a file did not take "${path}"`);
}
