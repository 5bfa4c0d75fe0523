// The status bar.
import type { Page } from 'playwright-core';
import { present } from './waiting.ts';

export interface StatusBarItem {
  /** The text beside the icons. */
  text: string;
  /** The text that a screen reader speaks. */
  label: string;
  /** The names of the codicons in the text, such as `sync`. */
  icons: string[];
  background: 'standard' | 'warning' | 'error';
}

// The workbench names an item's element after the extension, and after the item when it has an id of its own.
const statusBarLocator = (page: Page, extensionId: string) =>
  page.locator(`.statusbar-item[id="${extensionId}"], .statusbar-item[id^="${extensionId}."]`);

/** The status bar item of an extension, waiting until it is there. */
export async function statusBarItem(page: Page, extensionId: string): Promise<StatusBarItem> {
  const item = await present(
    statusBarLocator(page, extensionId),
    `a status bar item of ${extensionId}`,
    async () =>
      (await page.locator('.statusbar-item').evaluateAll((items) => items.map(({ id }) => id).join(', '))) || '(none)',
  );
  return item.evaluate((element): StatusBarItem => {
    const label = element.querySelector('.statusbar-item-label');
    const icons = [...element.querySelectorAll('.codicon')].map(
      (icon) => /codicon-(?!modifier)([\w-]+)/.exec(icon.className)?.[1] ?? '',
    );
    const background = element.classList.contains('error-kind')
      ? 'error'
      : element.classList.contains('warning-kind')
        ? 'warning'
        : 'standard';
    return {
      text: (label?.textContent ?? '').replace(/\s+/g, ' ').trim(),
      label: label?.getAttribute('aria-label') ?? element.getAttribute('aria-label') ?? '',
      icons,
      background,
    };
  });
}

export async function clickStatusBarItem(page: Page, extensionId: string): Promise<void> {
  await statusBarItem(page, extensionId);
  await statusBarLocator(page, extensionId).first().locator('a').click();
}

/** Rests the pointer on the status bar item of an extension until its hover appears, and returns the hover's place. */
export async function statusBarHover(
  page: Page,
  extensionId: string,
): Promise<{ x: number; y: number; width: number; height: number }> {
  await statusBarItem(page, extensionId);
  await statusBarLocator(page, extensionId).first().hover();
  const hover = page.locator('.workbench-hover .hover-contents, .workbench-hover-container .hover-contents');
  const box = await (await present(hover, 'the hover of the status bar', async () => 'none')).boundingBox();
  if (box === null) throw new Error('the hover of the status bar is gone again');
  return box;
}
