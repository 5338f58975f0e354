//! The keyboard map: every action with its usual keys. `Mod` is Ctrl, or ⌘ on a Mac.

export const ACTIONS = [
  { id: 'palette', keys: 'Mod+K' },
  { id: 'create', keys: 'Mod+1' },
  { id: 'library', keys: 'Mod+2' },
  { id: 'privacy', keys: 'Mod+3' },
  { id: 'settings', keys: 'Mod+4' },
  { id: 'account', keys: 'Mod+5' },
  { id: 'offline', keys: 'Mod+Shift+L' },
  { id: 'search', keys: 'Mod+F' },
  { id: 'prompt', keys: 'Mod+L' },
  { id: 'add_picture', keys: 'Mod+O' },
  { id: 'dice', keys: 'Mod+D' },
  { id: 'help', keys: 'F1' }
] as const;

/** Keys that mean the same to everybody and stay as they are: in Create, in the grid, in the viewer. */
export const fixedKeys = [
  { id: 'make', keys: 'Enter' },
  { id: 'newline', keys: 'Shift+Enter' },
  { id: 'older', keys: 'ArrowUp' },
  { id: 'newer', keys: 'ArrowDown' },
  { id: 'select', keys: 'Space' },
  { id: 'range', keys: 'Shift+ArrowRight' },
  { id: 'select_all', keys: 'Mod+A' },
  { id: 'favourite', keys: 'F' },
  { id: 'copy', keys: 'Mod+C' },
  { id: 'delete', keys: 'Delete' },
  { id: 'undo', keys: 'Mod+Z' },
  { id: 'compare', keys: 'C' },
  { id: 'zoom', keys: '+' },
  { id: 'fit', keys: '0' },
  { id: 'full', keys: '1' }
] as const;

export type ActionId = (typeof ACTIONS)[number]['id'];

export const isMac = (): boolean => typeof navigator !== 'undefined' && /mac/i.test(navigator.platform);

const NAMES: Record<string, string> = {
  ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', Enter: '↵', Escape: 'Esc', Delete: 'Del', ' ': 'Space'
};

/** The keys of `Mod+Shift+L` as they are written on a keyboard. */
export function keyLabels(keys: string): string[] {
  const mac = isMac();
  return keys.split(/\+(?=.)/).map((key) => {
    if (key === 'Mod') return mac ? '⌘' : 'Ctrl';
    if (key === 'Shift') return mac ? '⇧' : 'Shift';
    if (key === 'Alt') return mac ? '⌥' : 'Alt';
    return NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);
  });
}

type Pressed = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>;

/** The combination that was pressed, as it is written in the map; empty for a modifier alone. */
export function combination(event: Pressed): string {
  if (['Control', 'Meta', 'Shift', 'Alt', 'AltGraph'].includes(event.key)) return '';
  const mod = isMac() ? event.metaKey : event.ctrlKey;
  // Digits and letters by their place on the keyboard where the layout gives another script or a shifted sign.
  const place = /^(?:Digit|Key)(.)$/.exec(event.code)?.[1];
  const key = /^[a-z0-9]$/i.test(event.key) ? event.key.toUpperCase() : (mod && place) || event.key;
  return [mod && 'Mod', event.altKey && 'Alt', event.shiftKey && 'Shift', key].filter(Boolean).join('+');
}

/** The action for a combination, with the keys a person chose in place of the usual ones. */
export function actionFor(pressed: string, chosen: Record<string, string>): ActionId | null {
  if (!pressed) return null;
  return ACTIONS.find((action) => keysOf(action.id, chosen) === pressed)?.id ?? null;
}

export function keysOf(id: ActionId, chosen: Record<string, string>): string {
  return chosen[id] ?? ACTIONS.find((action) => action.id === id)?.keys ?? '';
}

/** The action or fixed key that has a combination already, but for the action `id` itself; `null` when it is free. */
export function isTaken(keys: string, id: ActionId, chosen: Record<string, string>): string | null {
  const action = ACTIONS.find((one) => one.id !== id && keysOf(one.id, chosen) === keys);
  return action?.id ?? fixedKeys.find((one) => one.keys === keys)?.id ?? null;
}
