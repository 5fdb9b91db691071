import { preact } from "@preact/preset-vite";
import { VitePWA } from "vite-plugin-pwa";
import { defineConfig } from "vitest/config";
import { contentSecurityPolicy } from "./build/policy.ts";

export default defineConfig({
  plugins: [
    preact({ devToolsEnabled: false, prefreshEnabled: false }),
    contentSecurityPolicy(),
    VitePWA({
      registerType: "autoUpdate",
      injectRegister: false, // registered from main.tsx: nothing is inline
      manifest: {
        name: "Personal Data Exchange wallet",
        short_name: "Wallet",
        description: "Carry claims from departments and show them to services.",
        lang: "en",
        start_url: "/",
        scope: "/",
        display: "standalone",
        theme_color: "#0a4d54",
        background_color: "#f4f7f7",
        icons: [
          { src: "/icons/icon-192.png", sizes: "192x192", type: "image/png" },
          { src: "/icons/icon-512.png", sizes: "512x512", type: "image/png" },
          { src: "/icons/icon-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
        ],
      },
      workbox: {
        globPatterns: ["**/*.{js,css,html,svg,png,wasm}"],
        maximumFileSizeToCacheInBytes: 3_000_000,
        navigateFallback: "/index.html",
        // What is trusted may change: the newest when there is a connection, the last one when there is none.
        runtimeCaching: [
          {
            urlPattern: ({ url }) => url.pathname === "/config.json",
            handler: "NetworkFirst",
            options: { networkTimeoutSeconds: 4 },
          },
        ],
      },
    }),
  ],
  css: { lightningcss: { errorRecovery: true } }, // govuk-frontend carries a hack for old browsers
  build: {
    target: "es2022",
    sourcemap: false,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: { checks: { bundlerTimings: false } }, // how long plugins took is no warning
  },
  test: { environment: "node", include: ["tests/**/*.test.ts"], setupFiles: ["reflect-metadata"] },
});
