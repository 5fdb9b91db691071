/** The few building blocks of every page. */

import type { ComponentChildren } from "preact";
import { createContext } from "preact";
import { useContext, useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import type { Refusal } from "./protocol/errors";
import { inLanguage, type Language, type Localised } from "./protocol/localised";
import { type Words, wordsIn } from "./words";
import { en } from "./words/en";

export interface Speech {
  readonly language: Language;
  readonly words: Words;
  /** Words that came with a message, in the chosen language. */
  readonly say: (words: Localised) => string;
}

export const SpeechContext = createContext<Speech>({ language: "en", words: en, say: (words) => words.en });

export function speechIn(language: Language): Speech {
  return { language, words: wordsIn(language), say: (words) => inLanguage(words, language) };
}

export function useSpeech(): Speech {
  return useContext(SpeechContext);
}

/** A page: its heading takes the focus when it appears, so that a screen reader starts there. */
export function Page(props: {
  title: string;
  children: ComponentChildren;
  back?: string;
  lead?: ComponentChildren;
}) {
  const { words } = useSpeech();
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    document.title = `${props.title} – ${words.appName}`;
  }, [props.title, words]);
  useEffect(() => {
    window.scrollTo(0, 0);
    // An error on the page is heard first.
    if (document.activeElement?.getAttribute("role") !== "alert")
      heading.current?.focus({ preventScroll: true });
  }, [props.title]);
  return (
    <>
      {props.back !== undefined && (
        <a class="govuk-back-link" href={props.back}>
          {words.back}
        </a>
      )}
      {props.lead}
      <h1 class="govuk-heading-l" tabIndex={-1} ref={heading}>
        {props.title}
      </h1>
      {props.children}
    </>
  );
}

const SECOND_TAP_MS = 700;

/** A button that can't be pressed twice while its work is under way; one that destroys something waits a moment. */
export function Button(props: {
  children: ComponentChildren;
  onClick?: () => void;
  kind?: "primary" | "secondary" | "warning";
  submit?: boolean;
  busy?: boolean;
}) {
  const shownAt = useRef(Date.now());
  // The second of two taps may land on what the first one brought.
  const isTooSoon = () => props.kind === "warning" && Date.now() - shownAt.current < SECOND_TAP_MS;
  const kind = props.kind === undefined || props.kind === "primary" ? "" : ` govuk-button--${props.kind}`;
  return (
    <button
      class={`govuk-button${kind}`}
      type={props.submit ? "submit" : "button"}
      aria-disabled={props.busy}
      onClick={(event) => {
        if (props.busy || isTooSoon()) event.preventDefault();
        else props.onClick?.();
      }}
    >
      {props.children}
    </button>
  );
}

export function ButtonLink(props: { href: string; children: ComponentChildren; secondary?: boolean }) {
  return (
    <a
      class={`govuk-button${props.secondary ? " govuk-button--secondary" : ""}`}
      href={props.href}
      draggable={false}
    >
      {props.children}
    </a>
  );
}

/** To the public register, in a tab of its own that can't tell where it was opened. */
export function RegisterLink(props: { href: string }) {
  const { words } = useSpeech();
  return (
    <a class="govuk-link tall-link" href={props.href} target="_blank" rel="noopener noreferrer">
      {words.register.see} ({words.register.opens})
    </a>
  );
}

/** Something is under way; said aloud, and shown without haste. */
export function Working(props: { children: ComponentChildren }) {
  return (
    <p class="working govuk-body" role="status">
      <span class="working__dots" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      {props.children}
    </p>
  );
}

/** "Checked: …", with a tick that is more than colour. */
export function Checked(props: { children: ComponentChildren }) {
  return (
    <p class="checked govuk-body">
      <svg class="checked__tick" viewBox="0 0 24 24" aria-hidden="true">
        <path d="M12 1 3 5v6c0 5.5 3.8 10.6 9 12 5.2-1.4 9-6.5 9-12V5z" />
        <path class="checked__mark" d="m7.5 12 3.2 3.2 6-6.4" />
      </svg>
      <span>{props.children}</span>
    </p>
  );
}

export function Facts(props: { children: ComponentChildren }) {
  return <dl class="govuk-summary-list">{props.children}</dl>;
}

export function Fact(props: { name: string; children: ComponentChildren }) {
  return (
    <div class="govuk-summary-list__row">
      <dt class="govuk-summary-list__key">{props.name}</dt>
      <dd class="govuk-summary-list__value">{props.children}</dd>
    </div>
  );
}

/** Words from outside, marked as English where there is no Welsh. */
export function Said(props: { words: Localised }) {
  const { language, say } = useSpeech();
  const english = language === "cy" && props.words.cy === undefined;
  return <bdi lang={english ? "en" : undefined}>{say(props.words)}</bdi>;
}

/** What is wrong with a field, at the top of the page; it takes the focus. */
export function ErrorSummary(props: { field: string; children: ComponentChildren }) {
  const { words } = useSpeech();
  const box = useRef<HTMLDivElement>(null);
  const title = useId();
  useEffect(() => box.current?.focus(), []);
  return (
    <div class="govuk-error-summary" tabIndex={-1} ref={box} aria-labelledby={title} role="alert">
      <h2 class="govuk-error-summary__title" id={title}>
        {words.problem}
      </h2>
      <div class="govuk-error-summary__body">
        <ul class="govuk-list govuk-error-summary__list">
          <li>
            <a
              href={`#${props.field}`}
              onClick={(event) => {
                event.preventDefault(); // the address is the router's
                document.getElementById(props.field)?.focus();
              }}
            >
              {props.children}
            </a>
          </li>
        </ul>
      </div>
    </div>
  );
}

/** A whole page for a refusal: the broken rule in plain words, and what to do. */
export function RefusalPage(props: {
  refusal: Refusal;
  nothingSent?: boolean;
  onRetry?: () => void;
  /** More of what to do. */
  children?: ComponentChildren;
}) {
  const { words } = useSpeech();
  const said = words.refusals[props.refusal.code];
  return (
    <Page title={said.title}>
      <p class="govuk-body-l">{said.text}</p>
      {props.nothingSent && (
        <p class="govuk-inset-text">
          <strong>{words.refusal.nothingSent}</strong>
        </p>
      )}
      <h2 class="govuk-heading-m">{words.refusal.whatToDo}</h2>
      <p class="govuk-body">{said.advice}</p>
      {props.children}
      <div class="govuk-button-group">
        {props.onRetry !== undefined && <Button onClick={props.onRetry}>{words.tryAgain}</Button>}
        <ButtonLink href="#home" secondary>
          {words.toWallet}
        </ButtonLink>
      </div>
      <p class="govuk-body-s reference">
        {words.refusal.reference}: {props.refusal.code}
      </p>
    </Page>
  );
}
