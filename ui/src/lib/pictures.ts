//! How pictures stand on the screen, wherever they are shown.

/** A picture has come: from now on a board shows through where it is transparent. Before, an empty place would look like one. Hears `load` on the way down. */
export function boarded(event: Event): void {
  if (event.target instanceof HTMLImageElement) event.target.classList.add('board');
}
