// Every place of the screen in every state worth looking at: how one gets there, as a person would.

const prompt = (view) => view.page.locator('#prompt');
const made = (view) => view.page.locator('.stage .cell img').first().waitFor();
const checked = async (view) => {
  await view.page.waitForFunction((words) => !document.getElementById('verdict')?.textContent.includes(words), view.say('verdict_checking'));
};
/** The price is told, which comes after the verdict that needs no network. */
const priced = async (view) => {
  await checked(view);
  await view.page.locator('.price', { hasText: /1[.,٫]5|١٫٥/ }).waitFor();
};
const write = async (view, text) => {
  await prompt(view).fill(text);
  await view.page.waitForTimeout(400);
  await checked(view);
};
const choose = (view, operation) => view.page.locator('.composer label', { hasText: view.say(`operation_${operation}`) }).first().click();
const cells = (view) => view.page.locator('[role=gridcell] img').first().waitFor();
const section = (view, key) => view.page.getByRole('tab', { name: view.say(key), exact: true }).click();
const dialog = (view) => view.page.locator('.dialog').last().waitFor();
const toTop = async (view, selector, nth = 0) => {
  const found = view.page.locator(selector).nth(nth);
  await found.waitFor();
  await found.evaluate((one) => one.scrollIntoView({ block: 'start' }));
};
const openFirst = async (view, prefer) => {
  await cells(view);
  await view.page.locator('[role=gridcell]').nth(prefer).press('Enter');
  await view.page.locator('.viewer aside').waitFor();
};

/** Places are shown in every size, theme and language; what lies over a place (`over`) in fewer; what has words of its `own` in one of each direction. */
export const PLACES = [
  { name: 'create-first', query: 'fresh', go: checked },
  { name: 'create', query: 'slow=1', go: checked },
  { name: 'create-made', query: 'slow=1', async go(view) { await write(view, 'a castle on a snowy hill under the northern lights'); await prompt(view).press('Enter'); await made(view); } },
  {
    name: 'create-queue', query: 'slow=900000',
    async go(view) {
      for (const text of ['a lighthouse on a rocky coast in the morning', 'two cats on a car in the rain', 'a whale under the sea']) { await write(view, text); await prompt(view).press('Enter'); await view.page.waitForTimeout(80); }
    }
  },
  { name: 'create-failed', query: 'slow=1', async go(view) { await write(view, 'fail: a boat'); await prompt(view).press('Enter'); await view.page.locator('.stage .note').first().waitFor(); } },
  { name: 'create-blocked', query: '', async go(view) { await write(view, 'blocked words'); await view.page.locator('#verdict.bad').waitFor(); } },
  { name: 'create-review', query: '', async go(view) { await write(view, 'review this: a portrait'); await view.page.locator('#verdict.warn').waitFor(); } },
  { name: 'create-stylise', query: '', async go(view) { await choose(view, 'stylise'); await view.page.locator('.composer [data-first]').click(); await view.page.locator('.composer li img').first().waitFor(); await view.page.waitForTimeout(450); await checked(view); } },
  { name: 'create-forgetful', query: 'forgetful&slow=1', async go(view) { await checked(view); await prompt(view).press('Enter'); await made(view); } },
  { name: 'create-away', query: 'server&away&near', async go(view) { await priced(view); await prompt(view).press('Enter'); await view.page.getByText(view.say('work_waits_for_server')).first().waitFor(); } },
  { name: 'library', place: 'library', go: cells },
  { name: 'library-empty', query: 'fresh', place: 'library' },
  { name: 'library-selected', place: 'library', async go(view) { await cells(view); for (const n of [1, 2, 4]) { await view.page.locator('[role=gridcell]').nth(n).focus(); await view.page.keyboard.press('Space'); } } },
  { name: 'library-nothing', place: 'library', async go(view) { await cells(view); await view.page.locator('#search').fill('zeppelin'); await view.page.locator('.empty').waitFor(); } },
  { name: 'viewer', place: 'library', go: (view) => openFirst(view, 0) },
  { name: 'compare', place: 'library', async go(view) { await openFirst(view, 3); await view.page.keyboard.press('c'); await view.page.locator('.edge, [class*=edge]').first().waitFor(); } },
  { name: 'account', place: 'account' },
  { name: 'account-signed-in', query: 'account', place: 'account' },
  { name: 'account-billing', query: 'account&server&credits&billing', place: 'account', go: (view) => toTop(view, 'section[aria-labelledby=credits]') },
  { name: 'account-orders', query: 'account&server&credits&billing', place: 'account', go: (view) => toTop(view, 'section[aria-labelledby=billing]') },
  { name: 'safety', place: 'safety', go: (view) => view.page.locator('#mistakes').waitFor() },
  { name: 'privacy', place: 'privacy' },
  { name: 'privacy-server', query: 'server', place: 'privacy', go: (view) => view.page.locator('tbody tr').first().waitFor() },
  ...['appearance', 'language', 'made_where', 'models_and_licences', 'storage', 'shortcuts', 'about'].map((key) => ({
    name: `settings-${key.replaceAll('_', '-')}`, place: 'settings', go: (view) => section(view, key)
  })),
  { name: 'settings-session-cap', query: 'server&near', place: 'settings', go: (view) => section(view, 'made_where') },
  { name: 'locked', query: 'state=locked' },
  { name: 'failed', query: 'state=failed' },

  { name: 'palette', over: true, go: async (view) => { await checked(view); await view.page.keyboard.press('Control+k'); await dialog(view); } },
  { name: 'review', over: true, async go(view) { await write(view, 'review this: a portrait'); await view.page.locator('#verdict.warn').waitFor(); await prompt(view).press('Enter'); await dialog(view); } },
  { name: 'sending', over: true, query: 'server', async go(view) { await priced(view); await view.button('what_will_be_sent').click(); await dialog(view); await view.page.locator('.dialog details, .dialog pre').first().waitFor(); } },
  { name: 'terms', over: true, query: 'server&terms', async go(view) { await priced(view); await prompt(view).press('Enter'); await dialog(view); } },
  { name: 'account-delete', over: true, query: 'account', place: 'account', async go(view) { await view.button('delete_account_open').click(); await dialog(view); } },
  { name: 'keeping', over: true, query: 'forgetful', place: 'library', async go(view) { await cells(view); await view.button('keep_pictures').click(); await dialog(view); await view.page.locator('.dialog input[value=passphrase]').check(); } },
  { name: 'offered', over: true, place: 'library', async go(view) { await cells(view); await view.page.keyboard.press('Control+o'); await dialog(view); } },
  { name: 'deleted', over: true, place: 'library', async go(view) { await cells(view); await view.page.locator('[role=gridcell]').nth(1).focus(); await view.page.keyboard.press('Delete'); await view.page.locator('.toast').waitFor(); } },
  { name: 'connect', over: true, place: 'settings', async go(view) { await section(view, 'made_where'); await view.button('connect_server').click(); await dialog(view); } },
  { name: 'models', over: true, go: async (view) => { await checked(view); await view.page.locator('.composer .select-trigger').first().click(); await view.page.locator('.layer').waitFor(); } },
  { name: 'shortcuts', over: true, go: async (view) => { await checked(view); await view.page.keyboard.press('F1'); await dialog(view); } },
  { name: 'gallery', tall: 2900, place: 'gallery', go: (view) => view.page.locator('.gallery .toast').first().waitFor() },
  ...[['dialog', 'Dialog', '.dialog'], ['firm-dialog', 'Dialog that wants an answer', '.dialog'], ['wide-dialog', 'Wide dialog', '.dialog'], ['menu', 'Menu', '.layer'], ['choices', '.select-trigger', '.layer']].map(([name, button, opened]) => ({
    name: `gallery-${name}`, over: true, place: 'gallery', own: true, async go(view) { await (button.startsWith('.') ? view.page.locator(`.gallery ${button}`).first() : view.page.getByRole('button', { name: button, exact: true })).click(); await view.page.locator(opened).last().waitFor(); }
  })),
  { name: 'gallery-tip', over: true, own: true, place: 'gallery', async go(view) { await view.page.getByRole('button', { name: 'Small' }).last().focus(); await view.page.locator('.tip').waitFor(); } },
  { name: 'remix', over: true, place: 'library', async go(view) { await openFirst(view, 3); await view.button('remix').click(); await view.page.locator('.layer').waitFor(); } }
];

/** Brings a view to a place, ready to be looked at. */
export async function go(view, place) {
  await view.open(place.query, place.place);
  await place.go?.(view);
  await view.settled();
}
