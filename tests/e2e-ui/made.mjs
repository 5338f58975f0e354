// What the journeys through a library have in common: asking the host, and pictures made by the real engine.
import { AxeBuilder } from '@axe-core/playwright';

/** A command, as the screen asks it. */
export const ask = (page, name, request = null) =>
  page.evaluate(
    async ([name, request]) => (await fetch(`/call/${name}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(request) })).json(),
    [name, request]
  );

/** Makes small pictures of a scene and waits until they are kept. */
export async function make(page, prompt, count = 1, seed = '7') {
  const before = (await ask(page, 'library_usage')).items;
  const request = { operation: 'generate', model: 'local/scene', prompt, size: { width: 256, height: 256 }, count, seed, on_unsupported: 'refuse', max_cost: 0 };
  await ask(page, 'draft_submit', { request });
  await kept(page, before + count);
}

/** Waits until the host answers as it should. */
export async function until(page, name, request, fits, limit = 60_000) {
  for (const end = Date.now() + limit; Date.now() < end; await page.waitForTimeout(120)) {
    if (fits(await ask(page, name, request))) return;
  }
  throw new Error(`${name} never answered as it should`);
}

/** Waits until so many pictures are in the library and nothing is under way. */
export async function kept(page, items) {
  await until(page, 'library_usage', null, (usage) => usage.items >= items);
  await until(page, 'queue_list', null, (open) => open.length === 0);
}

/** Serious and critical faults that axe finds. */
export async function serious(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.filter((one) => ['serious', 'critical'].includes(one.impact)).map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

/** Waits until every picture that matches has arrived. */
export const arrived = (page, selector) =>
  page.waitForFunction((selector) => {
    const all = [...document.querySelectorAll(selector)];
    return all.length > 0 && all.every((one) => one.complete && one.naturalWidth > 0);
  }, selector);
