// Signing in through other providers: the service asks, checks and links; the official client gets a session as from anywhere else.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { GoTrueClient } from '@supabase/auth-js';
import { Host } from '../auth-js/host.mjs';
import { CLIENT, Liar, Real } from './openid.mjs';
import { Visitor } from './visitor.mjs';

const RETURN = 'http://127.0.0.1:49152/auth/callback?sb_flow_id=0011';
const PASSWORD = 'a long enough phrase';
let folder;
let real;
let liar;
let host;
let count = 0;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'allxone-providers-'));
  [real, liar] = await Promise.all([Real.open(), Liar.open()]);
  host = await served();
});
after(async () => {
  real?.close();
  liar?.close();
  await host?.close();
  await rm(folder, { recursive: true });
});

/** A service that knows both providers. */
async function served(...more) {
  const entry = (id, name, issuer) =>
    `[[provider]]\nkind = "openid"\nid = "${id}"\nname = "${name}"\nissuer = "${issuer}"\nclient_id = "${CLIENT.client_id}"\nclient_secret_file = "secret"\n`;
  const file = join(folder, `outside-${++count}.toml`);
  await writeFile(join(folder, 'secret'), CLIENT.client_secret);
  await writeFile(file, entry('school', 'The school', real.issuer) + entry('liar', 'Liar', liar.issuer));
  const one = await Host.open('--outside', file, ...more);
  real.register(`${one.auth}/callback`);
  return one;
}

function client(of = host) {
  const kept = new Map();
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value), removeItem: (key) => void kept.delete(key) };
  return new GoTrueClient({ url: of.auth, storage, storageKey: `s${++count}`, autoRefreshToken: false, flowType: 'pkce', detectSessionInUrl: false });
}

const done = async (promise) => {
  const { data, error } = await promise;
  assert.equal(error, null, error?.message);
  return data;
};

/** Where a sign-in through a provider leads. */
async function led(one, provider, visitor = new Visitor()) {
  const { url } = await done(one.signInWithOAuth({ provider, options: { redirectTo: RETURN, skipBrowserRedirect: true } }));
  return visitor.go(url, 'http://127.0.0.1:49152/');
}

async function signedIn(one, provider) {
  const { url, text } = await led(one, provider);
  assert.ok(url?.searchParams.get('code'), url ? String(url) : text);
  return done(one.exchangeCodeForSession(url.searchParams.get('code')));
}

const refusedWith = async (provider, code, visitor) => {
  const { url, text } = await led(client(), provider, visitor);
  assert.equal(url?.searchParams.get('error_code'), code, text ?? String(url));
  assert.equal(url.searchParams.get('code'), null);
  assert.equal(url.searchParams.get('sb_flow_id'), '0011', 'the program knows which sign-in it was');
};

test('what is offered stands in the settings', async () => {
  const settings = await (await fetch(`${host.auth}/settings`)).json();
  assert.equal(settings.external['custom:school'], true);
  assert.equal(settings.external_labels['custom:school'], 'The school');
  assert.equal(settings.external.google, undefined);
});

test('a person signs in through a real provider, and is the same person the next time', async () => {
  real.person = { sub: 'ada', email: 'ada@school.example', email_verified: true, name: 'Ada', picture: 'https://school.example/ada.png' };
  const { session, user } = await signedIn(client(), 'custom:school');
  assert.equal(user.email, 'ada@school.example');
  assert.equal(user.app_metadata.provider, 'custom:school');
  assert.deepEqual(user.user_metadata, { name: 'Ada', avatar_url: 'https://school.example/ada.png' });
  assert.equal(user.identities[0].identity_data.sub, 'ada');
  assert.equal(session.provider_token, undefined, 'the provider’s tokens are kept nowhere');
  // A new address there does not make another person of them.
  real.person = { ...real.person, email: 'countess@school.example' };
  assert.equal((await signedIn(client(), 'custom:school')).user.id, user.id);
});

test('an address that was proven here is the same person, password and sessions untouched', async () => {
  const strict = await served('--strict');
  try {
    const one = client(strict);
    await done(one.signUp({ email: 'grace@school.example', password: PASSWORD }));
    const { user } = await done(one.verifyOtp({ email: 'grace@school.example', type: 'signup', token: await strict.code('grace@school.example') }));
    real.person = { sub: 'grace', email: 'grace@school.example', email_verified: true };
    assert.equal((await signedIn(client(strict), 'custom:school')).user.id, user.id);
    await done(one.getUser());
    await done(client(strict).signInWithPassword({ email: 'grace@school.example', password: PASSWORD }));
  } finally {
    await strict.close();
    real.register(`${host.auth}/callback`);
  }
});

test('who took an address without proving it keeps no way in', async () => {
  const squatter = client();
  await done(squatter.signUp({ email: 'owner@school.example', password: PASSWORD }));
  real.person = { sub: 'owner', email: 'owner@school.example', email_verified: true };
  await signedIn(client(), 'custom:school');
  assert.ok((await squatter.getUser()).error, 'the session of the other');
  const again = await client().signInWithPassword({ email: 'owner@school.example', password: PASSWORD });
  assert.equal(again.error?.code, 'invalid_credentials');
});

test('an address the provider did not have confirmed is not believed', async () => {
  for (const person of [{ email: 'eve@school.example', email_verified: false }, { email: 'eve@school.example' }, {}, { email_verified: true }]) {
    real.person = { sub: `eve-${++count}`, ...person };
    await refusedWith('custom:school', 'provider_email_needs_verification');
  }
});

test('who says no at the provider comes back with that word', async () => {
  real.denies = true;
  await refusedWith('custom:school', 'access_denied');
  real.denies = false;
});

test('a way back can be gone once, in the browser it was begun in', async () => {
  real.person = { sub: 'ada', email: 'ada@school.example', email_verified: true };
  const visitor = new Visitor();
  const { seen } = await led(client(), 'custom:school', visitor);
  const callback = seen.find((one) => one.startsWith(`${host.auth}/callback`));
  assert.equal((await visitor.ask(callback)).status, 400, 'again');
  const { url } = await done(client().signInWithOAuth({ provider: 'custom:school', options: { redirectTo: RETURN, skipBrowserRedirect: true } }));
  const begun = await new Visitor().go(url, `${host.auth}/callback`);
  assert.equal((await new Visitor().ask(begun.url)).status, 400, 'in another browser');
  assert.equal((await new Visitor().ask(`${host.auth}/callback?state=${crypto.randomUUID()}&code=x`)).status, 400, 'of nobody');
});

test('a way back takes no longer than a sign-in may', async () => {
  const other = await served();
  try {
    const { url } = await done(client(other).signInWithOAuth({ provider: 'custom:school', options: { redirectTo: RETURN, skipBrowserRedirect: true } }));
    const visitor = new Visitor();
    const begun = await visitor.go(url, `${other.auth}/callback`);
    await other.advance(301);
    const back = await visitor.go(begun.url, 'http://127.0.0.1:49152/');
    assert.equal(back.url.searchParams.get('error_code'), 'flow_state_expired');
  } finally {
    await other.close();
    real.register(`${host.auth}/callback`);
  }
});

test('a provider that tells the truth is believed', async () => {
  liar.lie = {};
  assert.equal((await signedIn(client(), 'custom:liar')).user.email, 'eve@school.example');
});

const LIES = {
  'another issuer': { claims: { iss: 'https://elsewhere.example' } },
  'another audience': { claims: { aud: 'somebody-else' } },
  'several audiences, made at another’s asking': { claims: { aud: [CLIENT.client_id, 'somebody-else'], azp: 'somebody-else' } },
  'several audiences, nobody’s asking': { claims: { aud: [CLIENT.client_id, 'somebody-else'] } },
  'another nonce': { claims: { nonce: 'another' } },
  'no nonce': { claims: { nonce: undefined } },
  'out of date': { claims: { exp: Math.floor(Date.now() / 1000) - 3_600 } },
  'from the future': { claims: { iat: Math.floor(Date.now() / 1000) + 3_600 } },
  'nobody': { claims: { sub: '' } },
  'another key': { otherKey: true },
  'an unknown key': { head: { kid: 'unknown' } },
  'no signature': { head: { alg: 'none' } },
  'the public key as a secret': { head: { alg: 'HS256' } },
  'a published secret': { head: { alg: 'HS256', kid: 'two' }, secret: 'secret', keys: [{ kty: 'oct', kid: 'two', alg: 'HS256', k: Buffer.from('secret').toString('base64url') }] },
  'userinfo of another': { claims: { email: undefined }, userinfo: { sub: 'another' } },
  'a redirect instead of a token': { redirects: ['/token'] },
  'a redirect instead of userinfo': { claims: { email: undefined }, redirects: ['/userinfo'] }
};
for (const [name, lie] of Object.entries(LIES)) {
  test(`a provider that lies is not believed: ${name}`, async () => {
    liar.lie = lie;
    await refusedWith('custom:liar', 'bad_oauth_callback');
    assert.ok(!liar.asked.includes('/elsewhere'), 'no redirect was followed');
    liar.lie = {};
  });
}

test('what a provider says about itself must be about itself', async () => {
  const lies = [
    { issuer: 'https://elsewhere.example' },
    { authorization_endpoint: 'https://elsewhere.example/page' },
    { token_endpoint: 'https://elsewhere.example/token' },
    { jwks_uri: 'http://10.0.0.1/keys' },
    { token_endpoint: 'file:///etc/passwd' }
  ];
  for (const discovery of lies) {
    const other = await served();
    try {
      liar.lie = { discovery };
      const { url } = await done(client(other).signInWithOAuth({ provider: 'custom:liar', options: { redirectTo: RETURN, skipBrowserRedirect: true } }));
      const { status } = await new Visitor().go(url, 'http://127.0.0.1:49152/');
      assert.equal(status, 502, JSON.stringify(discovery));
    } finally {
      liar.lie = {};
      await other.close();
    }
  }
  real.register(`${host.auth}/callback`);
});
