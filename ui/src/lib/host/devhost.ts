//! The browser tests' host: the same commands over loopback HTTP.

import { type Host, HostError } from './host';

async function answer<T>(reply: Promise<Response>): Promise<T> {
  let response: Response;
  try {
    response = await reply;
  } catch {
    throw new HostError({ code: 'unreachable', message: 'The program does not answer.' });
  }
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw HostError.from(body);
  return body as T;
}

/** A browser has no dialog of the machine: its own stands in, and what is chosen comes back as a `brought` event. */
async function pick(): Promise<void> {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = true;
  input.accept = 'image/*';
  await new Promise<void>((done) => {
    input.onchange = input.oncancel = () => done();
    input.click();
  });
  await devHost.stage?.([...(input.files ?? [])]);
}

export const devHost: Host = {
  call: async (name, request) => {
    if (name === 'pictures_pick') {
      await pick();
      return [] as never;
    }
    return answer(
      fetch(`/call/${name}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(request ?? null) })
    );
  },
  listen(heard) {
    const source = new EventSource('/events');
    source.onmessage = (message: MessageEvent<string>) => heard(JSON.parse(message.data));
    return () => source.close();
  },
  picture: (kind, id) => `/picture/${kind}/${encodeURIComponent(id)}`,
  async stage(files) {
    for (const file of files) await answer(fetch(`/stage?name=${encodeURIComponent(file.name)}`, { method: 'POST', body: file }));
  }
};
