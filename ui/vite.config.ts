import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';

declare const process: { env: Record<string, string | undefined> };
const look = Boolean(process.env.ALLXONE_LOOK);

/** The words of Create and of what is everywhere are loaded at the start, those of the other places when they are wanted (`i18n.ts`). */
const words = (project: string, outdir: string) => paraglideVitePlugin({ project, outdir, outputStructure: 'locale-modules', emitReadme: false });

export default defineConfig(({ command }) => ({
  plugins: [
    words('./project.inlang', './src/lib/paraglide'),
    words('./later.inlang', './src/lib/paraglide-later'),
    sveltekit()
  ],
  // True in development and in builds to look at: the in-memory host and the gallery exist only then.
  define: { __LOOK__: JSON.stringify(look || command === 'serve') },
  build: { target: ['safari16', 'chrome111'], reportCompressedSize: false },
  server: { fs: { allow: ['..'] } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' }
}));
