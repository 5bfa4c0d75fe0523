/// <reference lib="dom" />
// What every look at the workbench shares: it waits for what it needs and, when that does not come, says what was there
// instead.
import type { Locator, Page } from 'playwright-core';

/** Generous, for a slow and busy machine: it bounds a wait that would never end, and costs nothing otherwise. */
export const WAIT_MILLISECONDS = 90_000;

/** Waits until the locator is there; a failure names the wanted thing and the one that `seen` found instead. */
export async function present(locator: Locator, wanted: string, seen: () => Promise<string>): Promise<Locator> {
  try {
    await locator.first().waitFor({ state: 'visible', timeout: WAIT_MILLISECONDS });
  } catch {
    throw new Error(`${wanted} did not come; instead: ${await seen()}`);
  }
  return locator.first();
}

export const texts = async (locator: Locator): Promise<string> =>
  (await locator.allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim()).join(' | ') || '(nothing)';

export const labels = async (locator: Locator): Promise<string> =>
  (await locator.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')).filter((label) => label))).join(
    ' | ',
  ) || '(nothing)';

export function visibleText(locator: Locator, timeout = WAIT_MILLISECONDS): Promise<string> {
  // biome-ignore lint/performance/useDomNodeTextContent: what is on screen, with its line breaks, is the point
  return locator.innerText({ timeout });
}

export const exactly = (text: string) => new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*$`);

/**
 * Tries until it succeeds, each time with more patience: on a busy machine a short one would never do. For what may be
 * done twice. `false`: it never did.
 */
export async function againAndAgain(attempt: (patience: number) => Promise<boolean>): Promise<boolean> {
  const end = Date.now() + WAIT_MILLISECONDS;
  for (let patience = 3_000; Date.now() < end; patience *= 1.5) {
    if (await attempt(patience)) return true;
  }
  return false;
}

export async function polled<T>(
  page: Page,
  read: () => Promise<T>,
  wanted: (seen: T) => boolean,
  what: string,
): Promise<T> {
  const end = Date.now() + WAIT_MILLISECONDS;
  for (;;) {
    const seen = await read();
    if (wanted(seen)) return seen;
    if (Date.now() > end) throw new Error(`${what} stayed as they are: ${JSON.stringify(seen)}`);
    await page.waitForTimeout(100);
  }
}
