// Other pages of the same browser, and strangers at the port: the development host lets nobody in without its token.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { Desk } from './devhost.mjs';

let desk;
let origin;
let token;
before(async () => {
  desk = await Desk.open({ store: 'memory' });
  const address = new URL(desk.address);
  origin = address.origin;
  token = address.searchParams.get('token');
});
after(() => desk?.close());

const status = (path, headers = {}, method = 'GET') =>
  new Promise((done, failed) => {
    const { hostname, port } = new URL(origin);
    request({ hostname, port, path, method, headers }, (response) => {
      response.resume();
      done(response.statusCode);
    })
      .on('error', failed)
      .end(method === 'POST' ? 'null' : undefined);
  });

test('without the token nothing is answered', async () => {
  for (const path of ['/', '/events', '/picture/thumbnail/01ARZ3NDEKTSV4RRFFQ69G5FAV']) assert.equal(await status(path), 401, path);
  assert.equal(await status('/call/session', { authorization: 'Bearer wrong' }, 'POST'), 401);
  assert.equal(await status('/call/session', { authorization: `Bearer ${token}` }, 'POST'), 200);
});

test('a name that was rebound to this computer is not answered', async () => {
  assert.equal(await status('/call/session', { authorization: `Bearer ${token}`, host: 'studio.example' }, 'POST'), 421);
});

test('pictures are given by id alone, files of the screen alone', async () => {
  const known = { authorization: `Bearer ${token}` };
  assert.equal(await status('/picture/thumbnail/01ARZ3NDEKTSV4RRFFQ69G5FAV', known), 404);
  for (const path of ['/picture/x', '/picture/..%2f..%2fkeys.json', '/picture/thumbnail/..']) assert.equal(await status(path, known), 403, path);
  const escape = await fetch(`${origin}/..%2f..%2fCargo.toml?token=${token}`).then((answer) => answer.text());
  assert.ok(!escape.includes('[workspace]'));
});
