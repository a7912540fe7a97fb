import { defineConfig } from 'vite';

// Stable names: a change of one file in git is a change of one file, and the server puts the number of the build in front.
export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    outDir: 'dist',
    assetsDir: 'a',
    assetsInlineLimit: 0,
    modulePreload: false,
    cssCodeSplit: false,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        entryFileNames: 'a/app.js',
        chunkFileNames: 'a/[name].js',
        assetFileNames: (asset) => (asset.names.some((n) => n.endsWith('.css')) ? 'a/app.css' : 'a/[name][extname]'),
      },
    },
  },
  server: {
    proxy: Object.fromEntries(
      ['/graphql', '/window', '/events'].map((path) => [
        path,
        { target: process.env['AICO_SERVER'] ?? 'http://127.0.0.1:8770', ws: true },
      ]),
    ),
  },
});
