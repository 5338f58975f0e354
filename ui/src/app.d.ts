declare global {
  /** Whether the in-memory host and the gallery are part of this build. */
  const __LOOK__: boolean;
}

export {};
