import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const plane = 'http://127.0.0.1:8080';

// The plane compares Origin with its own address, and the page comes from Vite here.
const proxied = { target: plane, headers: { origin: plane } };

export default defineConfig({
  plugins: [react()],
  build: { target: 'es2022', sourcemap: false },
  server: {
    proxy: {
      '/graphql': { ...proxied, ws: true, rewriteWsOrigin: true },
      '/sign-out': proxied,
      '/sign-in': {
        ...proxied,
        // The same path is a page of the portal when a browser opens it.
        bypass: (request) => (request.method === 'GET' ? '/index.html' : undefined),
      },
    },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/testing/setup.ts'],
    // Typing takes long where others work beside; a test waits for conditions, not for time.
    testTimeout: 30_000,
  },
});
