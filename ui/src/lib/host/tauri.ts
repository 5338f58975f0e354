//! The window's own host: commands by invoke, pictures by the custom scheme. The only file that knows Tauri.

import { convertFileSrc, invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { type Host, HostError } from './host';
import type { StudioEvent } from './bindings';

const SCHEME = 'allxone-picture';
const CHANNEL = 'studio';
/** `allxone-picture://localhost/`, or its form on Windows. */
const base = () => convertFileSrc('', SCHEME);

export const inTauri = (): boolean => '__TAURI_INTERNALS__' in globalThis;

export const tauriHost: Host = {
  async call(name, request) {
    try {
      return await invoke(name, { request });
    } catch (thrown) {
      throw HostError.from(thrown);
    }
  },
  listen(heard) {
    const stop = listen<StudioEvent>(CHANNEL, (event) => heard(event.payload));
    return () => void stop.then((end) => end());
  },
  picture: (kind, id) => `${base()}${kind}/${id}`,
  stage: null
};
