// Two providers of OpenID Connect on loopback: a real one, and one that lies in the way it is told to.
import { createHmac, createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

export const CLIENT = { client_id: 'allxone-tests', client_secret: 'of-no-use-anywhere' };

async function listen(server) {
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${server.address().port}`;
}

/** The certified provider of the package `oidc-provider`, whose one person signs in without being asked. */
export class Real {
  person = { sub: 'person-1', email: 'ada@school.example', email_verified: true, name: 'Ada', picture: 'https://school.example/ada.png' };
  denies = false;

  static async open() {
    const real = new Real();
    real.server = createServer((request, response) => real.handle(request, response));
    real.issuer = await listen(real.server);
    return real;
  }

  /** Takes sign-ins that return to this address. */
  register(redirect) {
    this.provider = new Provider(this.issuer, {
      clients: [{ ...CLIENT, redirect_uris: [redirect] }],
      cookies: { keys: ['of-no-use-either'] },
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'picture'] },
      features: { devInteractions: { enabled: false } },
      pkce: { required: () => true },
      interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
      findAccount: (ctx, id) => ({ accountId: id, claims: async () => this.person }),
      loadExistingGrant: async (ctx) => {
        const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
        grant.addOIDCScope('openid email profile');
        await grant.save();
        return grant;
      },
      ttl: { Session: 60, Interaction: 60, Grant: 60, AccessToken: 60, IdToken: 60 }
    });
    this.callback = this.provider.callback();
  }

  async handle(request, response) {
    if (!request.url.startsWith('/interaction/')) return this.callback(request, response);
    const result = this.denies ? { error: 'access_denied' } : { login: { accountId: this.person.sub } };
    await this.provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A provider whose answers are bent by `lie`: what it does not mention is as it should be. */
export class Liar {
  lie = {};

  static async open() {
    const liar = new Liar();
    liar.keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    liar.others = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    liar.flows = new Map();
    liar.asked = [];
    liar.server = createServer((request, response) => liar.answer(request, response));
    liar.issuer = await listen(liar.server);
    return liar;
  }

  token(nonce) {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: this.issuer, aud: CLIENT.client_id, sub: 'liar-1', iat: now, exp: now + 60, nonce, email: 'eve@school.example', email_verified: true, ...this.lie.claims };
    const head = { alg: 'ES256', kid: 'one', typ: 'JWT', ...this.lie.head };
    const signed = `${encode(head)}.${encode(claims)}`;
    if (head.alg === 'none') return `${signed}.`;
    if (head.alg === 'HS256') return `${signed}.${createHmac('sha256', this.lie.secret ?? JSON.stringify(this.keys.publicKey.export({ format: 'jwk' }))).update(signed).digest('base64url')}`;
    const key = this.lie.otherKey ? this.others.privateKey : this.keys.privateKey;
    return `${signed}.${createSign('sha256').update(signed).sign({ key, dsaEncoding: 'ieee-p1363' }, 'base64url')}`;
  }

  async answer(request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    const url = new URL(request.url, this.issuer);
    this.asked.push(url.pathname);
    const json = (value) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (this.lie.redirects?.includes(url.pathname)) return response.writeHead(307, { location: `${this.issuer}/elsewhere` }).end();
    switch (url.pathname) {
      case '/.well-known/openid-configuration': {
        const at = (path) => `${this.issuer}${path}`;
        return json({ issuer: this.issuer, authorization_endpoint: at('/page'), token_endpoint: at('/token'), jwks_uri: at('/keys'), userinfo_endpoint: at('/userinfo'), token_endpoint_auth_methods_supported: ['client_secret_post'], ...this.lie.discovery });
      }
      case '/keys': {
        const key = this.keys.publicKey.export({ format: 'jwk' });
        return json({ keys: [{ ...key, kid: 'one', use: 'sig' }, ...(this.lie.keys ?? [])] });
      }
      case '/page': {
        const code = randomUUID();
        this.flows.set(code, url.searchParams.get('nonce'));
        const back = new URL(url.searchParams.get('redirect_uri'));
        back.searchParams.set('code', code);
        back.searchParams.set('state', url.searchParams.get('state'));
        return response.writeHead(302, { location: String(back) }).end();
      }
      case '/token': {
        const form = new URLSearchParams(Buffer.concat(parts).toString());
        const nonce = this.flows.get(form.get('code'));
        if (form.get('client_secret') !== CLIENT.client_secret || !form.get('code_verifier') || nonce === undefined) return response.writeHead(400).end('{}');
        return json({ access_token: 'liar-access', token_type: 'bearer', id_token: this.token(nonce) });
      }
      case '/userinfo':
        return json({ sub: 'liar-1', email: 'eve@school.example', email_verified: true, ...this.lie.userinfo });
      default:
        return response.writeHead(404).end();
    }
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
