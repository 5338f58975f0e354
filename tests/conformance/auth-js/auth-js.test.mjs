// The official client against the service's accounts: what it expects of the hosted service holds here, and what differs is stricter.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { GoTrueClient } from '@supabase/auth-js';
import { createClient } from '@supabase/supabase-js';
import { Browser, Host } from './host.mjs';

let host; // addresses count at once
let strict; // addresses are confirmed by a code
let browser;
before(async () => {
  [host, strict] = await Promise.all([Host.open(), Host.open('--strict')]);
  browser = new Browser(host);
});
after(() => Promise.all([host?.close(), strict?.close()]));

let count = 0;
const fresh = () => `person${++count}@example.org`;
const PASSWORD = 'a long enough phrase';
const LOCAL = 'custom:local';
const RETURN = 'http://127.0.0.1:49152/auth/callback';

class Memory extends Map {
  getItem = (key) => this.get(key) ?? null;
  setItem = (key, value) => void this.set(key, value);
  removeItem = (key) => void this.delete(key);
}

/** A client of its own device, with what it asked and what it was told. */
function client(of = host, options = {}) {
  const asked = [];
  const storage = new Memory();
  const one = new GoTrueClient({
    url: of.auth, storage, storageKey: `s${++count}`, autoRefreshToken: false, persistSession: true, flowType: 'pkce', detectSessionInUrl: false,
    fetch: async (url, init) => {
      asked.push(String(url));
      return (options.answer && (await options.answer(String(url), init, asked.length))) ?? fetch(url, init);
    },
    ...options.settings
  });
  const events = [];
  one.onAuthStateChange((event) => void events.push(event));
  return Object.assign(one, { asked, storageMap: storage, events });
}

const done = async (promise) => {
  const { data, error } = await promise;
  assert.equal(error, null, error?.message);
  return data;
};
const refused = async (promise, code) => {
  const { error } = await promise;
  assert.equal(error?.code ?? error?.name, code, error?.message);
  return error;
};
const signedUp = async (of = host, email = fresh()) => {
  const one = client(of);
  const { session, user } = await done(one.signUp({ email, password: PASSWORD }));
  return { one, email, session, user };
};
const begin = async (one, options = {}) => (await done(one.signInWithOAuth({ provider: LOCAL, options: { redirectTo: RETURN, skipBrowserRedirect: true, ...options } }))).url;
const settled = () => new Promise((done) => setImmediate(done));

test('1. the address to sign in at carries provider, return address and an S256 challenge; nothing is asked', async () => {
  const one = client();
  const url = new URL(await begin(one));
  assert.equal(url.searchParams.get('provider'), LOCAL);
  assert.equal(url.searchParams.get('redirect_to'), RETURN);
  assert.equal(url.searchParams.get('code_challenge_method'), 's256');
  assert.match(url.searchParams.get('code_challenge'), /^[\w-]{43}$/);
  assert.deepEqual(one.asked, []);
});

test('2. the browser comes back with a code, with the return address as it was, without tokens', async () => {
  const { email } = await signedUp();
  const to = `${RETURN}?sb_flow_id=00112233445566778899aabbccddeeff`;
  const back = await browser.signIn(await begin(client(), { redirectTo: to }), email, PASSWORD);
  assert.equal(back.origin + back.pathname, RETURN);
  assert.equal(back.searchParams.get('sb_flow_id'), '00112233445566778899aabbccddeeff');
  assert.ok(back.searchParams.get('code'));
  assert.equal(back.hash, '');
  assert.doesNotMatch(back.href, /token/);
});

test('3. the code becomes a session, kept, and the verifier is gone', async () => {
  const { email } = await signedUp();
  const one = client();
  const back = await browser.signIn(await begin(one), email, PASSWORD);
  const { session } = await done(one.exchangeCodeForSession(back.searchParams.get('code')));
  assert.equal(session.user.email, email);
  await settled();
  assert.ok(one.events.includes('SIGNED_IN'));
  assert.ok([...one.storageMap.keys()].every((key) => !key.endsWith('-code-verifier')));
  assert.ok([...one.storageMap.values()].some((value) => String(value).includes(session.refresh_token)));
});

async function code(redirectTo = RETURN) {
  const { email } = await signedUp();
  const one = client();
  const back = await browser.signIn(await begin(one, { redirectTo }), email, PASSWORD);
  return { one, code: back.searchParams.get('code') };
}
const exchange = (auth_code, code_verifier) =>
  fetch(`${host.auth}/token?grant_type=pkce`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-supabase-api-version': '2024-01-01' }, body: JSON.stringify({ auth_code, code_verifier }) });
const verifierOf = (one) => JSON.parse([...one.storageMap].find(([key]) => key.endsWith('-code-verifier'))[1]).split('/')[0];

test('4. a code is good once', async () => {
  const { one, code: given } = await code();
  const verifier = verifierOf(one);
  await done(one.exchangeCodeForSession(given));
  const again = await exchange(given, verifier);
  assert.equal(again.status, 404);
  assert.equal((await again.json()).code, 'flow_state_not_found');
});

test('5. another program’s verifier is refused, and uses the code up', async () => {
  const { one, code: given } = await code();
  const wrong = await exchange(given, randomBytes(32).toString('hex'));
  assert.equal(wrong.status, 400);
  assert.equal((await wrong.json()).code, 'bad_code_verifier');
  assert.equal((await exchange(given, verifierOf(one))).status, 404);
});

test('6. without a verifier nothing is asked', async () => {
  const { one, code: given } = await code();
  for (const key of [...one.storageMap.keys()]) one.storageMap.delete(key);
  one.asked.length = 0;
  const { error } = await one.exchangeCodeForSession(given);
  assert.equal(error.name, 'AuthPKCECodeVerifierMissingError');
  assert.deepEqual(one.asked, []);
});

test('7. a sign-in that took too long is refused', async () => {
  const { one, code: given } = await code();
  await host.advance(301);
  await refused(one.exchangeCodeForSession(given), 'flow_state_expired');
});

test('8. going back without signing in says so in the address', async () => {
  const { text } = await browser.open(await begin(client()));
  const back = new URL(/href="(http:\/\/127[^"]+)"/.exec(text)[1].replaceAll('&amp;', '&'));
  assert.equal(back.searchParams.get('error'), 'access_denied');
  assert.equal(back.searchParams.get('error_code'), 'access_denied');
  assert.equal(back.searchParams.get('code'), null);
});

test('9. a foreign return address is refused in words, not replaced by another', async () => {
  for (const redirectTo of ['https://evil.example/x', 'http://2130706433:80/x', 'http://127.0.0.1:80@evil.example/', 'javascript:alert(1)']) {
    const { status, text } = await browser.open(await begin(client(), { redirectTo }));
    assert.equal(status, 400, redirectTo);
    assert.match(text, /did not work/);
    assert.doesNotMatch(text, /evil\.example|javascript/);
  }
});

test('10. this computer is returned to on any port', async () => {
  for (const port of [1024 + (randomBytes(2).readUInt16LE() % 60000), 1025, 65535]) {
    const { one, code: given } = await code(`http://127.0.0.1:${port}/auth/callback`);
    assert.ok((await done(one.exchangeCodeForSession(given))).session);
  }
});

test('11. the implicit flow and the plain method are refused', async () => {
  const implicit = client(host, { settings: { flowType: 'implicit' } });
  assert.equal((await browser.open(await begin(implicit))).status, 400);
  const challenge = createHash('sha256').update('x').digest('base64url');
  for (const query of [`code_challenge=${challenge}&code_challenge_method=plain`, `code_challenge=${challenge}`, 'code_challenge_method=s256', 'code_challenge=short&code_challenge_method=s256']) {
    const answer = await fetch(`${host.auth}/authorize?provider=${LOCAL}&redirect_to=${encodeURIComponent(RETURN)}&${query}`, { redirect: 'manual' });
    assert.equal(answer.status, 400, query);
    assert.equal((await answer.json()).error_code, 'validation_failed');
  }
});

test('12. the account is the one the token names', async () => {
  const { one, session } = await signedUp();
  const { user } = await done(one.getUser());
  assert.equal(user.id, JSON.parse(atob(session.access_token.split('.')[1])).sub);
});

test('13. claims are checked with the public keys, asked for once', async () => {
  const { one, user } = await signedUp();
  one.asked.length = 0;
  for (let i = 0; i < 2; i++) {
    const { claims } = await done(one.getClaims());
    assert.equal(claims.sub, user.id);
    for (const name of ['iss', 'aud', 'exp', 'iat', 'email', 'phone', 'app_metadata', 'user_metadata', 'role', 'aal', 'amr', 'session_id', 'is_anonymous']) assert.ok(name in claims, name);
  }
  assert.deepEqual(one.asked.map((url) => new URL(url).pathname), ['/auth/v1/.well-known/jwks.json']);
});

test('14. a token that was changed is refused here and there', async () => {
  const { one, session } = await signedUp();
  const [head, body, signature] = session.access_token.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url'));
  const changed = [head, Buffer.from(JSON.stringify({ ...claims, email: 'other@example.org' })).toString('base64url'), signature].join('.');
  assert.ok((await one.getClaims(changed)).error);
  await refused(one.getUser(changed), 'bad_jwt');
  const none = [Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url'), body, ''].join('.');
  await refused(one.getUser(none), 'bad_jwt');
});

const refreshed = async (token) => {
  const answer = await fetch(`${host.auth}/token?grant_type=refresh_token`, { method: 'POST', headers: { 'x-supabase-api-version': '2024-01-01' }, body: JSON.stringify({ refresh_token: token }) });
  return { status: answer.status, ...(await answer.json()) };
};

test('15. refreshing turns the token; one that could not be saved gets the current one', async () => {
  const { one, session: first } = await signedUp();
  const { session: second } = await done(one.refreshSession());
  assert.notEqual(second.refresh_token, first.refresh_token);
  await settled();
  assert.ok(one.events.includes('TOKEN_REFRESHED'));
  await host.advance(3600);
  const late = await refreshed(first.refresh_token);
  assert.equal(late.refresh_token, second.refresh_token);
});

test('16. two generations behind ends the session', async () => {
  const { session: first } = await signedUp();
  const second = await refreshed(first.refresh_token);
  const third = await refreshed(second.refresh_token);
  await host.advance(11);
  const reused = await refreshed(first.refresh_token);
  assert.equal(reused.status, 400);
  assert.equal(reused.code, 'refresh_token_already_used');
  assert.equal((await refreshed(third.refresh_token)).code, 'refresh_token_not_found');
  await refused(client().getUser(third.access_token), 'AuthSessionMissingError');
});

test('17. twenty refreshes at once are one family', async () => {
  const { session } = await signedUp();
  const all = await Promise.all(Array.from({ length: 20 }, () => refreshed(session.refresh_token)));
  assert.deepEqual([...new Set(all.map((one) => one.status))], [200]);
  assert.equal(new Set(all.map((one) => one.refresh_token)).size, 1);
});

/** A session whose token ends in so many seconds, as its device keeps it. */
async function ending(seconds, settings) {
  const { session } = await signedUp();
  const one = client(host, { settings });
  one.storageMap.set(one.storageKey, JSON.stringify({ ...session, expires_at: Math.floor(Date.now() / 1000) + seconds }));
  return { one, session };
}

test('18. a token near its end is refreshed before it is used, others are not', async () => {
  const near = await ending(60);
  const { session } = await done(near.one.getSession());
  assert.notEqual(session.refresh_token, near.session.refresh_token);
  const far = await ending(600);
  assert.equal((await done(far.one.getSession())).session.refresh_token, far.session.refresh_token);
});

test('19. a client that refreshes by itself does', async () => {
  const { one, session } = await ending(80, { autoRefreshToken: true });
  const turned = new Promise((done) => one.onAuthStateChange((event, now) => event === 'TOKEN_REFRESHED' && done(now)));
  await one.startAutoRefresh();
  assert.notEqual((await turned).refresh_token, session.refresh_token);
  await one.stopAutoRefresh();
});

test('20. a service that fails twice costs nobody the session', async () => {
  let failed = 0;
  const { session } = await signedUp();
  const one = client(host, { answer: (url) => (url.includes('refresh_token') && ++failed <= 2 ? new Response('busy', { status: 503 }) : undefined) });
  const { session: after } = await done(one.setSession(session).then(() => one.refreshSession()));
  assert.ok(after.access_token);
  assert.equal(failed, 3);
});

test('21. told to wait, a client with a valid token keeps its session', async () => {
  const { session } = await signedUp();
  let wait = false;
  const one = client(host, { answer: () => (wait ? new Response('{"code":"over_request_rate_limit","message":"wait"}', { status: 429, headers: { 'content-type': 'application/json', 'x-supabase-api-version': '2024-01-01' } }) : undefined) });
  await done(one.setSession(session));
  wait = true;
  assert.ok((await one.refreshSession()).error);
  wait = false;
  assert.ok((await done(one.getSession())).session);
});

test('22. what a person says of themselves is merged', async () => {
  const { one } = await signedUp();
  await done(one.updateUser({ data: { name: 'Ada', city: 'London' } }));
  const { user } = await done(one.updateUser({ data: { city: 'Turin' } }));
  assert.deepEqual(user.user_metadata, { name: 'Ada', city: 'Turin' });
  assert.ok(one.events.includes('USER_UPDATED'));
});

test('23. a new password ends the other sessions', async () => {
  const { one, email } = await signedUp();
  const other = client();
  await done(other.signInWithPassword({ email, password: PASSWORD }));
  const { data } = await other.getSession();
  await done(one.updateUser({ password: 'another long phrase' }));
  await refused(client().getUser(data.session.access_token), 'AuthSessionMissingError');
  assert.ok((await done(one.getUser())).user);
  await refused(client().signInWithPassword({ email, password: PASSWORD }), 'invalid_credentials');
});

test('24. the same and a weak password are refused with reasons', async () => {
  const { one } = await signedUp();
  await refused(one.updateUser({ password: PASSWORD }), 'same_password');
  const { error } = await one.updateUser({ password: 'short' });
  assert.equal(error.name, 'AuthWeakPasswordError');
  assert.deepEqual(error.reasons, ['length']);
});

const confirmed = async () => {
  const email = fresh();
  const one = client(strict);
  await done(one.signUp({ email, password: PASSWORD }));
  await done(one.verifyOtp({ email, token: await strict.code(email), type: 'signup' }));
  return { one, email };
};

test('25. a new address counts once its code is given', async () => {
  const { one } = await confirmed();
  const next = fresh();
  const { user } = await done(one.updateUser({ email: next }));
  assert.equal(user.new_email, next);
  assert.notEqual(user.email, next);
  const { user: after } = await done(one.verifyOtp({ email: next, token: await strict.code(next), type: 'email_change' }));
  assert.equal(after.email, next);
  assert.ok(!after.new_email);
});

test('26. signing out here, elsewhere, everywhere', async () => {
  const { email } = await signedUp();
  const devices = async () => {
    const all = [client(), client(), client()];
    for (const one of all) await done(one.signInWithPassword({ email, password: PASSWORD }));
    return all;
  };
  const alive = async (all) => Promise.all(all.map(async (one) => !(await one.refreshSession()).error));
  const [a, b, c] = await devices();
  const token = (await a.getSession()).data.session;
  await a.signOut({ scope: 'local' });
  assert.equal((await refreshed(token.refresh_token)).status, 400);
  assert.deepEqual(await alive([b, c]), [true, true]);
  await b.signOut({ scope: 'others' });
  assert.deepEqual(await alive([b, c]), [true, false]);
  const [d, e] = await devices();
  await d.signOut({ scope: 'global' });
  assert.deepEqual(await alive([b, e]), [false, false]);
});

test('27. signing out with an expired token clears this device', async () => {
  const { one } = await signedUp();
  await host.advance(4000);
  await one.signOut();
  assert.equal((await one.getSession()).data.session, null);
});

const operator = async (of = host) => client(of, { settings: { headers: { authorization: `Bearer ${(await of.order({ operator: 600 })).operator}` } } });

test('28. signing out of an account that is gone clears this device', async () => {
  const { one, user } = await signedUp();
  await done((await operator()).admin.deleteUser(user.id));
  await one.signOut();
  assert.equal((await one.getSession()).data.session, null);
});

test('29. signing up, with and without a code, and twice', async () => {
  const { email } = await signedUp();
  await refused(client().signUp({ email, password: PASSWORD }), 'user_already_exists');
  const known = await confirmed();
  const { user, session } = await done(client(strict).signUp({ email: known.email, password: PASSWORD }));
  assert.equal(session, null);
  assert.deepEqual(user.identities, []);
  const next = await done(client(strict).signUp({ email: fresh(), password: PASSWORD }));
  assert.equal(next.session, null);
  assert.equal(next.user.identities.length, 1);
});

test('30. a password: right, wrong, not confirmed, closed', async () => {
  const { email, user } = await signedUp();
  assert.ok((await done(client().signInWithPassword({ email, password: PASSWORD }))).session);
  await refused(client().signInWithPassword({ email, password: 'wrong wrong wrong' }), 'invalid_credentials');
  await refused(client().signInWithPassword({ email: fresh(), password: PASSWORD }), 'invalid_credentials');
  const waiting = fresh();
  await done(client(strict).signUp({ email: waiting, password: PASSWORD }));
  await refused(client(strict).signInWithPassword({ email: waiting, password: PASSWORD }), 'email_not_confirmed');
  await done((await operator()).admin.updateUserById(user.id, { ban_duration: '24h' }));
  await refused(client().signInWithPassword({ email, password: PASSWORD }), 'user_banned');
});

test('31. a code: right once, void after five wrong tries', async () => {
  const email = fresh();
  const one = client(strict);
  await done(one.signInWithOtp({ email }));
  const first = await strict.code(email);
  const wrong = String((Number(first) + 1) % 1_000_000).padStart(6, '0');
  for (let i = 0; i < 5; i++) await refused(one.verifyOtp({ email, token: wrong, type: 'email' }), 'otp_expired');
  await refused(one.verifyOtp({ email, token: first, type: 'email' }), 'otp_expired');
  await done(one.signInWithOtp({ email }));
  const second = await strict.code(email);
  assert.ok((await done(one.verifyOtp({ email, token: second, type: 'email' }))).session);
  await refused(one.verifyOtp({ email, token: second, type: 'email' }), 'otp_expired');
  await done(one.signInWithOtp({ email: fresh(), options: { shouldCreateUser: false } }));
});

test('32. a forgotten password', async () => {
  const { email } = await confirmed();
  const one = client(strict);
  await done(one.resetPasswordForEmail(email));
  await done(one.verifyOtp({ email, token: await strict.code(email, 'recovery'), type: 'recovery' }));
  await done(one.updateUser({ password: 'quite another phrase' }));
  assert.ok((await done(client(strict).signInWithPassword({ email, password: 'quite another phrase' }))).session);
  await done(one.resetPasswordForEmail(fresh()));
});

test('33. an old session proves itself before it changes the password', async () => {
  const { one, email } = await confirmed();
  await strict.advance(25 * 3600);
  await done(one.refreshSession());
  await refused(one.updateUser({ password: 'yet another phrase' }), 'reauthentication_needed');
  await done(one.reauthenticate());
  await refused(one.updateUser({ password: 'yet another phrase', nonce: '0000000' }), 'reauthentication_not_valid');
  const nonce = await strict.code(email, 'reauthentication');
  await done(one.updateUser({ password: 'yet another phrase', nonce }));
});

test('34. the operator makes, sees and removes accounts; nobody else does', async () => {
  const { admin } = await operator();
  const { user } = await done(admin.createUser({ email: fresh(), password: PASSWORD, email_confirm: true }));
  assert.equal((await done(admin.getUserById(user.id))).user.id, user.id);
  assert.ok((await done(admin.listUsers())).users.length > 0);
  await done(admin.deleteUser(user.id));
  await refused(admin.getUserById(user.id), 'user_not_found');
  const { session } = await signedUp();
  const person = client(host, { settings: { headers: { authorization: `Bearer ${session.access_token}` } } });
  await refused(person.admin.listUsers(), 'not_admin');
  await refused(person.admin.deleteUser(user.id), 'not_admin');
});

test('35. a kept session with an expired token refreshes', async () => {
  const { session } = await signedUp();
  const [head, body, signature] = session.access_token.split('.');
  const old = { ...JSON.parse(Buffer.from(body, 'base64url')), exp: 1 };
  const expired = [head, Buffer.from(JSON.stringify(old)).toString('base64url'), signature].join('.');
  const { session: after } = await done(client().setSession({ access_token: expired, refresh_token: session.refresh_token }));
  assert.notEqual(after.refresh_token, session.refresh_token);
});

test('36. faults have the shape that was asked for', async () => {
  const ask = (headers) => fetch(`${host.auth}/token?grant_type=password`, { method: 'POST', headers, body: '{"email":"x@example.org","password":"wrong wrong"}' });
  const old = await ask({});
  assert.deepEqual(Object.keys(await old.json()), ['code', 'error_code', 'msg']);
  assert.equal(old.headers.get('x-sb-error-code'), 'invalid_credentials');
  const now = await ask({ 'x-supabase-api-version': '2024-01-01' });
  assert.deepEqual(Object.keys(await now.json()), ['code', 'message']);
  assert.equal(now.headers.get('x-supabase-api-version'), '2024-01-01');
  for (const body of ['{', '[]', '{"email":7}', '\u0000']) {
    const answer = await fetch(`${host.auth}/signup`, { method: 'POST', body });
    assert.equal(answer.status, 400, body);
  }
});

test('37. what anybody may know', async () => {
  const settings = await fetch(`${host.auth}/settings`).then((answer) => answer.json());
  assert.equal(settings.external[LOCAL], true);
  assert.equal(settings.external.email, true);
  assert.equal(settings.disable_signup, false);
  const health = await fetch(`${host.auth}/health`).then((answer) => answer.json());
  assert.deepEqual(Object.keys(health), ['version', 'name', 'description']);
  const keys = await fetch(`${host.auth}/.well-known/jwks.json`).then((answer) => answer.json());
  for (const key of keys.keys) assert.ok(!('d' in key) && key.alg === 'ES256' && key.kid);
});

test('38. a cold start says first what there is', async () => {
  const { session } = await signedUp();
  const one = client();
  one.storageMap.set(one.storageKey, JSON.stringify(session));
  const events = [];
  await new Promise((done) => one.onAuthStateChange((event, now) => (events.push([event, Boolean(now)]), event === 'INITIAL_SESSION' && done())));
  assert.deepEqual(events.at(-1), ['INITIAL_SESSION', true]);
});

test('39. the whole client finds the accounts below its address', async () => {
  const { auth } = createClient(host.address, 'a-publishable-key', {
    auth: { persistSession: false, autoRefreshToken: false },
    realtime: { transport: class {} } // Node 20 has no WebSocket, and none is opened here
  });
  const email = fresh();
  assert.equal((await done(auth.signUp({ email, password: PASSWORD }))).user.email, email);
});

test('40. tokens signed before a change of keys hold until they end, and new ones are signed anew', async () => {
  const { one, session } = await signedUp();
  const kid = (token) => JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).kid;
  await host.order({ renew: true });
  assert.ok((await done(one.getUser())).user);
  const { session: after } = await done(one.refreshSession());
  assert.notEqual(kid(after.access_token), kid(session.access_token));
  assert.ok((await done(client().getUser(session.access_token))).user);
});

test('the page takes a form from nobody but itself', async () => {
  const { email } = await signedUp();
  const { flow } = await browser.open(await begin(client()));
  const fields = { step: 'sign_in', email, password: PASSWORD };
  assert.equal((await browser.fill(flow, fields, { origin: 'https://evil.example' })).onward, undefined);
  assert.equal((await browser.fill(flow, fields, { 'sec-fetch-site': 'cross-site' })).onward, undefined);
  assert.equal((await browser.fill('00000000-0000-4000-8000-000000000000', fields)).status, 404);
  const wrong = await browser.fill(flow, { ...fields, password: 'wrong wrong wrong' });
  assert.equal(wrong.status, 400);
  assert.match(wrong.text, /role="alert"/);
  assert.ok(!wrong.text.includes('wrong wrong'), 'a password is never written back');
  const policy = wrong.headers.get('content-security-policy');
  assert.match(policy, /default-src 'none'/);
  assert.equal(wrong.headers.get('cache-control'), 'no-store');
  assert.ok((await browser.fill(flow, fields)).onward);
  assert.equal((await browser.fill(flow, fields)).status, 404, 'a sign-in is completed once');
});

test('a code signs in on the page too', async () => {
  const at = new Browser(strict);
  const email = fresh();
  const one = client(strict);
  const { flow } = await at.open(await begin(one));
  const sent = await at.fill(flow, { step: 'send_code', email });
  assert.match(sent.text, /one-time-code/);
  const { onward } = await at.fill(flow, { step: 'use_code', email, code: await strict.code(email) });
  assert.ok((await done(one.exchangeCodeForSession(onward.searchParams.get('code')))).session);
});

test('signed-in devices are listed and ended one by one', async () => {
  const { email } = await signedUp();
  const sign = async () => (await done(client().signInWithPassword({ email, password: PASSWORD }))).session.access_token;
  const [mine, theirs] = [await sign(), await sign()];
  const ask = (path, token, method = 'GET') => fetch(`${host.auth}${path}`, { method, headers: { authorization: `Bearer ${token}` } });
  const { sessions } = await ask('/sessions', mine).then((answer) => answer.json());
  assert.equal(sessions.length, 3);
  const other = sessions.filter((one) => !one.current);
  assert.equal(other.length, 2);
  for (const one of other) assert.equal((await ask(`/sessions/${one.id}`, mine, 'DELETE')).status, 204);
  assert.equal((await ask('/user', theirs)).status, 403);
  assert.equal((await ask('/user', mine)).status, 200);
  assert.equal((await ask(`/sessions/${other[0].id}`, mine, 'DELETE')).status, 404);
});

test('asked too often, the service says so and nothing else happens', async () => {
  const limited = await Host.open('--limited');
  try {
    const statuses = [];
    for (let i = 0; i < 25; i++) statuses.push((await fetch(`${limited.auth}/token?grant_type=password`, { method: 'POST', body: '{"email":"known@example.org","password":"guess guess"}' })).status);
    assert.deepEqual([...new Set(statuses)], [400, 429]);
  } finally {
    await limited.close();
  }
});

test('a request that is too large is refused', async () => {
  const large = await fetch(`${host.auth}/signup`, { method: 'POST', body: JSON.stringify({ email: 'x'.repeat(100_000) }) });
  assert.equal(large.status, 413);
});
