import { defineConfig } from 'vite';
import { credentials } from './credentials.js';

const {
  PARLEY_URL: server = 'ws://127.0.0.1:8080',
  PARLEY_SDKAPPID: sdkAppID = '1400000001',
  PARLEY_SECRET: secret,
} = process.env;

// The SDK keeps its socket and its timer in Workers that it makes from blob:
// URLs, so a content security policy has to allow those beside the server.
const headers = {
  'Content-Security-Policy': [
    "default-src 'self'",
    `connect-src 'self' ${server}`,
    'worker-src blob:',
    'img-src data:',
    "base-uri 'none'",
    "object-src 'none'",
  ].join('; '),
};

export default defineConfig({
  appType: 'mpa',
  plugins: [credentials({ server, sdkAppID: Number(sdkAppID), secret })],
  server: { host: '127.0.0.1', cors: false, headers },
  preview: { host: '127.0.0.1', cors: false, headers },
  optimizeDeps: { include: ['@tencentcloud/chat'] },
  build: {
    rollupOptions: { input: ['index.html', 'user.html'] },
    chunkSizeWarningLimit: 1000, // kB; the SDK is most of it
  },
});
