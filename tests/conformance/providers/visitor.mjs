// A browser that keeps cookies for each origin and follows redirects until it leaves the places it knows.

export class Visitor {
  #cookies = new Map();

  async ask(url, options = {}) {
    const { origin } = new URL(url);
    const jar = this.#cookies.get(origin) ?? new Map();
    this.#cookies.set(origin, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, { redirect: 'manual', ...options, headers: { accept: 'text/html', ...(cookie && { cookie }), ...options.headers } });
    for (const line of answer.headers.getSetCookie()) {
      const [pair] = line.split(';');
      const at = pair.indexOf('=');
      jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return answer;
  }

  /** Goes where it is sent; ends at an address that begins with `end`, without opening it, or at a page. */
  async go(url, end) {
    const seen = [];
    for (let hops = 0; hops < 12; hops += 1) {
      if (end && String(url).startsWith(end)) return { url: new URL(url), seen };
      seen.push(String(url));
      const answer = await this.ask(url);
      const location = answer.headers.get('location');
      if (!location) return { status: answer.status, text: await answer.text(), seen };
      url = new URL(location, url);
    }
    throw new Error(`sent in circles: ${seen.join(' → ')}`);
  }
}
