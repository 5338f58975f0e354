//! Chooses the host once, at the start.

import { devHost } from './devhost';
import type { Host } from './host';
import { inTauri, tauriHost } from './tauri';

export { type Host, HostError, type PictureKind } from './host';
export type * from './bindings';

export async function openHost(): Promise<Host> {
  if (inTauri()) return tauriHost;
  if (__LOOK__ && !location.search.includes('devhost')) return (await import('./preview')).previewHost();
  return devHost;
}
