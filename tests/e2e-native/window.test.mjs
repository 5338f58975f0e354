// The real window with its real web view, keyring and library. What the screen does in detail is tested in a browser; here only what needs
// the shell: commands and events through Tauri, pictures by the custom scheme, what the page may not do.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { firstPicture } from './first-picture.mjs';

let first;
before(async () => (first = await firstPicture()));
after(() => first?.window.close());

const call = (name, request) => first.window.call(name, request);

test('one key made the first picture, and it is kept under a key of the keyring', async () => {
  const session = (await call('session')).ok;
  assert.deepEqual(session.state, { is: 'open', keeping: { is: 'library', key: 'keyring' } });
  const { items } = (await call('library_list', { words: '', filter: { favourites: false, trash: false }, after: null, limit: 10 })).ok;
  assert.ok(items.length >= 1);
});

test('the page reaches pictures by id alone', async () => {
  const load = (address) =>
    first.window.run(
      `return new Promise((done) => { const one = new Image(); one.onload = () => done(one.naturalWidth); one.onerror = () => done(0); one.src = arguments[0]; })`,
      address
    );
  const { items } = (await call('library_list', { words: '', filter: { favourites: false, trash: false }, after: null, limit: 1 })).ok;
  assert.equal(await load(`allxone-picture://localhost/picture/${items[0].id}`), items[0].width);
  for (const path of ['picture/../../keys.json', 'keys.json', 'picture/01ARZ3NDEKTSV4RRFFQ69G5FAV', '%2e%2e/keys.json']) {
    assert.equal(await load(`allxone-picture://localhost/${path}`), 0, path);
  }
});

test('the page has no network, no plugin and no other way out', async () => {
  const reached = (script) => first.window.run(`return (${script})().then(() => true, () => false)`);
  assert.equal(await reached(`() => fetch('http://127.0.0.1:9/')`), false);
  assert.equal(await reached(`() => fetch('file:///etc/hostname')`), false);
  assert.equal(await reached(`() => import('data:text/javascript,1')`), false);
  for (const plugin of ['plugin:dialog|open', 'plugin:opener|open_path', 'plugin:window|close', 'plugin:event|emit']) {
    assert.equal(await reached(`() => window.__TAURI_INTERNALS__.invoke('${plugin}', {})`), false, plugin);
  }
  assert.equal(await first.window.run(`return typeof window.__TAURI__`), 'undefined');
});
