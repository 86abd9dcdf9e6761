import axe from 'axe-core';
import type { Person } from './browser.js';

/** Serious and critical findings of axe, in short. */
export async function findings({ page }: Person): Promise<string[]> {
  // Run by the debugger: the page's own policy allows no script from elsewhere.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run(document),
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`);
}
