//! What can be done with kept pictures, from wherever they are shown.

import { goto } from '$app/navigation';
import { HostError } from '../../host';
import { m } from '../../i18n';
import type { App } from '../app/app.svelte';
import { errorWords } from '../app/words';

export function fail(app: App, thrown: unknown): void {
  const said = errorWords(HostError.from(thrown).detail);
  app.toasts.show(`${said.title} ${said.text}`, { tone: 'bad' });
}

/** Opens a picture large; with `beside` the two are compared. */
export const openPicture = (item: string, beside?: string): Promise<void> =>
  goto(`#/library?item=${item}${beside ? `&with=${beside}` : ''}`);

/** Makes a kept picture the input of a model and opens Create with it. */
export async function editPicture(app: App, item: string, modelId: string): Promise<void> {
  try {
    const staged = await app.host.call('library_stage', item);
    app.compose.choose(modelId);
    app.compose.inputs = [];
    app.compose.bring([{ name: m.from_library(), staged, error: null }], true);
    app.queue.shownId = null;
    await goto('#/');
  } catch (thrown) {
    fail(app, thrown);
  }
}

export async function remix(app: App, item: string, part: 'all' | 'seed' | 'style'): Promise<void> {
  try {
    const draft = await app.host.call('library_draft', item);
    app.compose.take(draft.request, part);
    app.toasts.show(part === 'all' ? m.remixed_all() : part === 'seed' ? m.remixed_seed() : m.remixed_style());
    app.remixed = item;
    app.queue.shownId = null;
    await goto('#/');
  } catch (thrown) {
    fail(app, thrown);
  }
}

/** The message about what was saved last. */
let savedToast: number | null = null;

export async function saveCopies(app: App, items: string[], kind: 'archive' | 'share'): Promise<void> {
  try {
    const saved = await app.host.call('pictures_save', { items, kind });
    const [first, ...others] = saved?.files ?? [];
    if (!saved || !first) return;
    // The folder that is shown is the one saved to last, so only the last message may offer it.
    if (savedToast !== null) app.toasts.close(savedToast);
    const text = others.length ? m.saved_to({ count: saved.files.length, folder: saved.folder }) : m.saved_as({ name: first, folder: saved.folder });
    const show = () => void app.host.call('folder_show', 'saved').catch((thrown) => fail(app, thrown));
    savedToast = app.toasts.show(text, { action: { label: m.show_folder(), run: show } });
  } catch (thrown) {
    fail(app, thrown);
  }
}

export async function copyPicture(app: App, item: string): Promise<void> {
  try {
    await app.host.call('picture_copy', item);
    app.toasts.show(m.copied());
  } catch (thrown) {
    fail(app, thrown);
  }
}

/** Pictures can be dragged out of the window, not out of a page in a browser. */
export const canDrag = (app: App): boolean => app.host.stage === null;

export const dragOut = (app: App, items: string[]): Promise<void> =>
  app.host.call('pictures_drag', items).then(() => {}, (thrown) => fail(app, thrown));

export async function favourite(app: App, items: string[], on: boolean): Promise<void> {
  try {
    await app.shelf.favourite(items, on);
    app.toasts.say(on ? m.marked({ count: items.length }) : m.unmarked({ count: items.length }));
  } catch (thrown) {
    fail(app, thrown);
  }
}

export async function restore(app: App, items: string[]): Promise<void> {
  try {
    await app.shelf.restore(items);
    app.toasts.show(m.restored({ count: items.length }));
  } catch (thrown) {
    fail(app, thrown);
  }
}

/** Puts pictures into the trash; the message's button or Ctrl+Z takes it back. */
export async function removePictures(app: App, items: string[]): Promise<void> {
  if (!items.length) return;
  try {
    const back = await app.shelf.remove(items);
    app.undoable(m.deleted({ count: items.length }), async () => {
      try {
        await back();
        app.toasts.say(m.restored({ count: items.length }));
      } catch (thrown) {
        fail(app, thrown);
      }
    });
  } catch (thrown) {
    fail(app, thrown);
  }
}
