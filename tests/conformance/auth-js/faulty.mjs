// A service that is wrong in one way: what stands between a client and the accounts, and bends their answers. It exists to show that the
// cases notice.
import { createServer } from 'node:http';

const RULES = {
  /** Nothing is bent: the cases must pass through here too. */
  none: () => ({}),
  /** A code may be exchanged again and again. */
  'codes-live-on': () => {
    const given = new Map();
    return {
      before: (path, body) => (path.includes('grant_type=pkce') ? given.get(JSON.parse(body).auth_code) : undefined),
      after: (path, body, answer) => path.includes('grant_type=pkce') && answer.status === 200 && given.set(JSON.parse(body).auth_code, answer)
    };
  },
  /** A session that was ended still answers. */
  'sessions-live-on': () => {
    let last;
    return {
      after: (path, body, answer) => {
        if (path.endsWith('/user') && answer.status === 403) Object.assign(answer, last ?? { status: 200, text: '{"id":"x","email":"x@example.org"}' });
        else if (path.endsWith('/user') && answer.status === 200) last = { ...answer };
      }
    };
  },
  /** Every refresh makes a family of its own. */
  'tokens-fork': () => ({
    after: (path, body, answer) => {
      if (!path.includes('refresh_token') || answer.status !== 200) return;
      const session = JSON.parse(answer.text);
      answer.text = JSON.stringify({ ...session, refresh_token: session.refresh_token + Math.random().toString(36).slice(2) });
    }
  }),
  /** Faults always have the old shape. */
  'old-faults': () => ({
    after: (path, body, answer) => {
      if (answer.status < 400 || !answer.text.startsWith('{')) return;
      const { code, message } = JSON.parse(answer.text);
      if (message) answer.text = JSON.stringify({ code: answer.status, error_code: code, msg: message });
      answer.headers.delete('x-supabase-api-version');
    }
  })
};

export async function faulty(address, name) {
  const rule = RULES[name]();
  const server = createServer((request, response) => pass(request, response).catch(() => response.destroy()));
  async function pass(request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts).toString();
    const headers = new Headers(Object.entries(request.headers).filter(([one]) => !['host', 'connection', 'content-length', 'transfer-encoding'].includes(one)));
    if (headers.has('origin')) headers.set('origin', address);
    let answer = rule.before?.(request.url, body);
    if (!answer) {
      const real = await fetch(address + request.url, { method: request.method, headers, body: body || undefined, redirect: 'manual' });
      answer = { status: real.status, headers: real.headers, text: await real.text() };
      rule.after?.(request.url, body, answer);
    }
    const passed = Object.fromEntries([...(answer.headers ?? [])].filter(([one]) => !['content-length', 'transfer-encoding', 'connection', 'date'].includes(one)));
    response.writeHead(answer.status, passed).end(answer.text);
  }
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { address: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
