import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';

declare const process: { env: Record<string, string | undefined> };
const look = Boolean(process.env.ALLXONE_LOOK);

export default defineConfig(({ command }) => ({
  plugins: [
    paraglideVitePlugin({
      project: './project.inlang',
      outdir: './src/lib/paraglide',
      outputStructure: 'locale-modules',
      emitReadme: false
    }),
    sveltekit()
  ],
  // True in development and in builds to look at: the in-memory host and the gallery exist only then.
  define: { __LOOK__: JSON.stringify(look || command === 'serve') },
  build: { target: ['safari16', 'chrome111'], reportCompressedSize: false },
  server: { fs: { allow: ['..'] } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' }
}));
