import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

// ALLXONE_LOOK=1 builds the screen with an in-memory host into dist-look, to look at it without a backend. Never bundled.
const out = process.env.ALLXONE_LOOK ? 'dist-look' : 'dist';

/** @type {import('@sveltejs/kit').Config} */
export default {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: true },
  kit: {
    adapter: adapter({ pages: out, assets: out }),
    // Places are behind the hash: one page, no fallback rules for any host to get right.
    router: { type: 'hash' },
    alias: { $components: 'src/lib/components', $features: 'src/lib/features', $host: 'src/lib/host' },
    version: { pollInterval: 0 }

  }
};
