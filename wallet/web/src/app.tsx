/** The frame around every page: header, language, menu. */

import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { lazy } from "./lazy";
import { ClaimPage } from "./pages/Claim";
import { History } from "./pages/History";
import { Home } from "./pages/Home";
import { Settings } from "./pages/Settings";
import type { Language } from "./protocol/localised";
import { currentPlace, type Place } from "./router";
import { RefusalPage, SpeechContext, speechIn, useSpeech } from "./ui";
import type { Wallet } from "./wallet";
import { preferredLanguage, rememberLanguage } from "./words";

// What needs the standards' libraries comes when it is needed.
const Add = lazy(() => import("./pages/Add").then((module) => module.Add));
const Present = lazy(() => import("./pages/Present").then((module) => module.Present));
const Scan = lazy(() => import("./pages/Scan").then((module) => module.Scan));

export function App(props: { wallet: Wallet; start: Place }) {
  const [place, setPlace] = useState(props.start);
  const [language, setLanguage] = useState(preferredLanguage);
  const speech = useMemo(() => speechIn(language), [language]);
  useEffect(() => {
    const follow = () => setPlace(currentPlace());
    addEventListener("popstate", follow);
    return () => removeEventListener("popstate", follow);
  }, []);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const speak = useCallback((next: Language) => {
    rememberLanguage(next);
    setLanguage(next);
  }, []);
  return (
    <SpeechContext.Provider value={speech}>
      <Header onLanguage={speak} demo={props.wallet.config.demo} />
      <div class="frame">
        <main class="main" id="main">
          <PageAt place={place} wallet={props.wallet} onLanguage={speak} />
        </main>
      </div>
      {inMenu(place) && <Menu place={place} />}
    </SpeechContext.Provider>
  );
}

function PageAt(props: { place: Place; wallet: Wallet; onLanguage: (language: Language) => void }) {
  const { place, wallet } = props;
  switch (place.page) {
    case "home":
      return <Home wallet={wallet} />;
    case "claim":
      return <ClaimPage key={place.id} wallet={wallet} id={place.id} />;
    case "history":
      return <History wallet={wallet} />;
    case "settings":
      return <Settings wallet={wallet} onLanguage={props.onLanguage} />;
    case "scan":
      return <Scan />;
    case "add":
      return <Add key={JSON.stringify(place.link)} wallet={wallet} start={{ link: place.link }} />;
    case "receive":
      return <Add key={place.id} wallet={wallet} start={{ offerId: place.id }} />;
    case "present":
      return <Present key={JSON.stringify(place.link)} wallet={wallet} link={place.link} />;
    case "refused":
      return <RefusalPage refusal={place.refusal} nothingSent />;
  }
}

function Header(props: { onLanguage: (language: Language) => void; demo: boolean }) {
  const { words, language } = useSpeech();
  const other = language === "en" ? "cy" : "en";
  return (
    <>
      {/* biome-ignore lint/a11y/useValidAnchor: a skip link; the address after # is the router's */}
      <a class="govuk-skip-link" href="#main" onClick={skipToMain}>
        {words.skip}
      </a>
      <header class="header">
        <div class="header__inner">
          <a class="header__name" href="#home">
            <svg class="header__mark" viewBox="0 0 32 32" aria-hidden="true">
              <rect x="2" y="6" width="28" height="21" rx="4" />
              <path d="m9.5 16.5 4.5 4.5 8.5-9" />
            </svg>
            {words.appName}
          </a>
          <button class="header__language" type="button" lang={other} onClick={() => props.onLanguage(other)}>
            {words.languageSwitch}
          </button>
        </div>
        {props.demo && <p class="demo">{words.demo}</p>}
      </header>
    </>
  );
}

// The address after # is the router's, so the skip link moves the focus itself.
function skipToMain(event: MouseEvent): void {
  event.preventDefault();
  document.querySelector<HTMLElement>("#main h1")?.focus();
}

function inMenu(place: Place): boolean {
  return ["home", "scan", "history", "settings", "claim"].includes(place.page);
}

const ICONS = {
  home: "M4 7h16v12H4zM4 11h16",
  scan: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5M8 12h8",
  history: "M12 4a8 8 0 1 1-7.4 5M4 4v5h5M12 8v4l3 2",
  settings: "M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4",
} as const;

function Menu(props: { place: Place }) {
  const { words } = useSpeech();
  const entries = ["home", "scan", "history", "settings"] as const;
  return (
    <nav class="menu" aria-label={words.menu}>
      <ul class="menu__list">
        {entries.map((entry) => (
          <li key={entry} class="menu__item">
            <a
              class="menu__link"
              href={`#${entry}`}
              aria-current={props.place.page === entry ? "page" : undefined}
            >
              <svg class="menu__icon" viewBox="0 0 24 24" aria-hidden="true">
                <path d={ICONS[entry]} />
              </svg>
              {words[entry].nav}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
