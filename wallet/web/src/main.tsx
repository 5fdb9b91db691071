/** The start: reads the link, opens what is kept on the phone, shows the page. */

import { render } from "preact";
import { App } from "./app";
import { type Config, parseConfig } from "./config";
import { createNetwork, good } from "./network";
import { utf8Decode } from "./protocol/encoding";
import { asRefusal, Refusal } from "./protocol/errors";
import { currentPlace, takeInvocation } from "./router";
import { listPending, openStore } from "./store";
import { RefusalPage, SpeechContext, speechIn } from "./ui";
import type { Wallet } from "./wallet";
import { preferredLanguage } from "./words";
import "./styles/app.scss";

const root = document.getElementById("app") as HTMLElement;
const refused = takeInvocation();

start().catch((error: unknown) => showFailure(asRefusal(error)));

async function start(): Promise<void> {
  // A server's frame-ancestors says so first; a page can't say it of itself (CSP Level 3 §3.3).
  if (window.top !== window) throw new Refusal("framed", "another page frames the wallet");
  const [config, store] = await Promise.all([loadConfig(), openStore(undefined, () => location.reload())]);
  const network = createNetwork({ allowHttpLocalhost: config.allowHttpLocalhost });
  const wallet: Wallet = { config, store, network, now: () => Math.floor(Date.now() / 1000) };
  const place = refused === undefined ? currentPlace() : ({ page: "refused", refusal: refused } as const);
  render(<App wallet={wallet} start={place} />, root);
  void listPending(store, wallet.now()).catch(() => undefined); // what was being received and is over goes away
  keepFresh(wallet);
  startOffline();
}

// The app itself is kept on the phone, so that it opens without a connection and shows what can be proven.
function startOffline(): void {
  if (!import.meta.env.PROD || navigator.serviceWorker === undefined) return;
  navigator.serviceWorker.register(scriptUrl("/sw.js")).catch(() => undefined); // without it the app needs a connection
}

// The one script that is named by a text (Trusted Types: see build/policy.ts); older browsers take the text itself.
function scriptUrl(path: "/sw.js"): string {
  const policies = (globalThis as { trustedTypes?: TrustedTypePolicies }).trustedTypes;
  return policies?.createPolicy("wallet", { createScriptURL: () => path }).createScriptURL("") ?? path;
}

interface TrustedTypePolicies {
  createPolicy(
    name: string,
    rules: { createScriptURL(): string },
  ): { createScriptURL(input: string): string };
}

// From the app's own origin: whatever served the app could have served another config.
async function loadConfig(): Promise<Config> {
  const network = createNetwork({ allowHttpLocalhost: true });
  return parseConfig(utf8Decode(good(await network.send(new URL("/config.json", location.href).href))));
}

// After the first paint, and never while a request is open: see usecases/refreshStatus.ts.
function keepFresh(wallet: Wallet): void {
  if (currentPlace().page !== "home") return;
  setTimeout(async () => {
    const { refreshStatus } = await import("./usecases/refreshStatus");
    if (await refreshStatus(wallet).catch(() => false)) dispatchEvent(new PopStateEvent("popstate"));
  }, 2000);
}

function showFailure(refusal: Refusal): void {
  const language = preferredLanguage();
  document.documentElement.lang = language;
  render(
    <SpeechContext.Provider value={speechIn(language)}>
      <div class="frame">
        <main class="main" id="main">
          <RefusalPage refusal={refusal} nothingSent onRetry={() => location.reload()} />
        </main>
      </div>
    </SpeechContext.Provider>,
    root,
  );
}
