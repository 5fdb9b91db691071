/**
 * The Content Security Policy of the built page, for any static server; a server that sends its own is stricter still.
 *
 * The page talks to departments, services and the authority straight from the phone, so connect-src is every https
 * address, and this machine for the demo. Nothing is inline and nothing is evaluated but the QR reader's WebAssembly.
 */

import type { Plugin } from "vite";

const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "media-src 'self' blob:",
  "manifest-src 'self'",
  "worker-src 'self'",
  "connect-src 'self' https: http://localhost:* http://127.0.0.1:*",
  "form-action 'none'",
  "base-uri 'none'",
  // Trusted Types: no text becomes code; only src/main.tsx may name a script, and only the service worker's.
  "require-trusted-types-for 'script'",
  "trusted-types wallet",
].join("; ");

export function contentSecurityPolicy(): Plugin {
  return {
    name: "content-security-policy",
    apply: "build",
    transformIndexHtml: () => [
      {
        tag: "meta",
        attrs: { "http-equiv": "Content-Security-Policy", content: POLICY },
        injectTo: "head-prepend",
      },
    ],
  };
}
