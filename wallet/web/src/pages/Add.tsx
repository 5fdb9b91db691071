/** An offer: who makes it, what it is, the code, and the claim in the wallet. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { asRefusal, mayRetry, Refusal } from "../protocol/errors";
import type { Invocation } from "../protocol/link";
import type { Localised } from "../protocol/localised";
import { closeInvocation } from "../router";
import { askToPersist, type StoredClaim } from "../store";
import {
  Button,
  ButtonLink,
  Checked,
  ErrorSummary,
  Page,
  RefusalPage,
  Said,
  useSpeech,
  Working,
} from "../ui";
import { type Grant, redeem } from "../usecases/acceptOffer";
import { type Begun, collect, findBegun } from "../usecases/collectClaims";
import { type OpenedOffer, offerIdOf, openOffer, type TransactionCode } from "../usecases/openOffer";
import type { Wallet } from "../wallet";
import { formatTime } from "../words";

/** A link that was opened, or an offer that this wallet has begun to receive. */
type Start = { readonly link: Invocation & { kind: "add" } } | { readonly offerId: string };

type State =
  | { readonly at: "reading" }
  | { readonly at: "asking"; readonly opened: OpenedOffer; readonly wrong?: Refusal }
  | { readonly at: "working" }
  | { readonly at: "interrupted"; readonly grant: Grant; readonly refusal: Refusal }
  | { readonly at: "done"; readonly claims: readonly StoredClaim[]; readonly before: boolean }
  | { readonly at: "refused"; readonly refusal: Refusal };

export function Add(props: { wallet: Wallet; start: Start }) {
  const { wallet } = props;
  const { words } = useSpeech();
  const [start] = useState(props.start); // a page for each: see the key in app.tsx
  const [state, setState] = useState<State>({ at: "reading" });

  const finish = useCallback(
    async (grant: Grant, opened?: OpenedOffer) => {
      setState({ at: "working" });
      try {
        const claims = await collect(wallet, grant, opened);
        closeInvocation();
        setState({ at: "done", claims, before: false });
      } catch (error) {
        const refusal = asRefusal(error);
        setState(mayRetry(refusal) ? { at: "interrupted", grant, refusal } : { at: "refused", refusal });
      }
    },
    [wallet],
  );
  const goOn = useCallback(
    async (begun: Begun) => {
      if ("grant" in begun) return await finish(begun.grant);
      closeInvocation();
      setState({ at: "done", claims: begun.claims, before: true });
    },
    [finish],
  );
  const read = useCallback(() => {
    const begin = async () => {
      const begun = await findBegun(wallet, "link" in start ? await offerIdOf(start.link) : start.offerId);
      if (begun !== undefined) return await goOn(begun);
      if (!("link" in start)) throw new Refusal("offer_used", "the time to go on is over");
      setState({ at: "asking", opened: await openOffer(wallet, start.link) });
    };
    setState({ at: "reading" });
    begin().catch((error: unknown) => setState({ at: "refused", refusal: asRefusal(error) }));
  }, [wallet, start, goOn]);
  useEffect(read, [read]);

  const accept = async (opened: OpenedOffer, code: string | undefined) => {
    setState({ at: "working" });
    void askToPersist(); // before anything is kept that can be lost
    try {
      await finish(await redeem(wallet, opened, code), opened);
    } catch (error) {
      const refusal = asRefusal(error);
      // Another page of this wallet may have been quicker.
      const begun = refusal.code === "offer_used" ? await findBegun(wallet, opened.id) : undefined;
      if (begun !== undefined) return await goOn(begun);
      const again = refusal.code === "code_wrong" || mayRetry(refusal);
      setState(again ? { at: "asking", opened, wrong: refusal } : { at: "refused", refusal });
    }
  };

  switch (state.at) {
    case "reading":
      return <Working>{words.add.reading}</Working>;
    case "asking":
      return (
        <Ask opened={state.opened} wrong={state.wrong} onAccept={(code) => void accept(state.opened, code)} />
      );
    case "working":
      return <Working>{words.add.working}</Working>;
    case "interrupted":
      return <Interrupted {...state} onRetry={() => void finish(state.grant)} />;
    case "done":
      return <Done {...state} />;
    case "refused":
      return <RefusalPage refusal={state.refusal} {...(mayRetry(state.refusal) ? { onRetry: read } : {})} />;
  }
}

function Interrupted(props: { grant: Grant; refusal: Refusal; onRetry: () => void }) {
  const { words } = useSpeech();
  const said = words.refusals[props.refusal.code];
  return (
    <Page title={said.title}>
      <p class="govuk-body-l">{words.add.interrupted}</p>
      <p class="govuk-body">{said.advice}</p>
      {props.grant.kept && <p class="govuk-body">{words.add.until(formatTime(props.grant.expiresAt))}</p>}
      <div class="govuk-button-group">
        <Button onClick={props.onRetry}>{words.tryAgain}</Button>
        {props.grant.kept && (
          <ButtonLink href="#home" secondary>
            {words.toWallet}
          </ButtonLink>
        )}
      </div>
    </Page>
  );
}

function Done(props: { claims: readonly StoredClaim[]; before: boolean }) {
  const { words, say } = useSpeech();
  const issuer = props.claims[0]?.issuerName ?? { en: "" };
  return (
    <Page title={props.before ? words.add.beforeTitle : words.add.doneTitle} lead={<Tick />}>
      <Statements
        of={props.claims.map(({ id, statement, description }) => ({ id, statement, description }))}
      />
      <p class="govuk-body">{words.add.done(say(issuer))}</p>
      <ButtonLink href="#home">{words.add.see}</ButtonLink>
    </Page>
  );
}

/** The one big sign that it worked. */
export function Tick() {
  return (
    <svg class="tick" viewBox="0 0 48 48" aria-hidden="true">
      <circle cx="24" cy="24" r="23" />
      <path d="m14 25 7 7 14-15" />
    </svg>
  );
}

interface Statement {
  readonly id: string;
  readonly statement: Localised;
  readonly description: Localised | undefined;
}

function Statements(props: { of: readonly Statement[] }) {
  return (
    <ul class="cards">
      {props.of.map(({ id, statement, description }) => (
        <li key={id} class="card card--plain">
          <p class="card__title">
            <Said words={statement} />
          </p>
          {description !== undefined && (
            <p class="card__line">
              <Said words={description} />
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}

function Offered(props: { opened: OpenedOffer }) {
  const offered = props.opened.claims.map(({ configurationId, type }) => ({
    id: configurationId,
    statement: type.name,
    description: type.description,
  }));
  return <Statements of={offered} />;
}

interface FieldError {
  readonly text: string;
  readonly attempt: number;
}

function Ask(props: {
  opened: OpenedOffer;
  wrong: Refusal | undefined;
  onAccept: (code: string | undefined) => void;
}) {
  const { words, say } = useSpeech();
  const { opened, wrong } = props;
  const code = opened.transactionCode;
  const field = useRef<HTMLInputElement>(null);
  const [error, setError] = useState<FieldError | undefined>(
    wrong?.code === "code_wrong" ? { text: wrongCode(wrong, words), attempt: 0 } : undefined,
  );
  const submit = (event: Event) => {
    event.preventDefault();
    if (code === undefined) return props.onAccept(undefined);
    // As letters group it: "123 456", "123-456". A code of letters may hold a hyphen of its own.
    const text = (field.current?.value ?? "").replace(code.numeric ? /[\s\p{Dash}]/gu : /\s/g, "");
    const problem = checkCode(text, code, words);
    if (problem === undefined) props.onAccept(text);
    else setError({ text: problem, attempt: (error?.attempt ?? 0) + 1 });
  };
  return (
    <Page
      title={words.add.title}
      lead={
        error === undefined ? undefined : (
          <ErrorSummary key={error.attempt} field="code">
            {error.text}
          </ErrorSummary>
        )
      }
    >
      {wrong !== undefined && wrong.code !== "code_wrong" && (
        <p class="govuk-inset-text" role="alert">
          {words.refusals[wrong.code].title}. {words.refusals[wrong.code].advice}
        </p>
      )}
      <p class="govuk-body-l">{words.add.by(say(opened.issuerName))}</p>
      <Offered opened={opened} />
      <Checked>{words.add.checked}</Checked>
      <p class="govuk-body">{words.add.keeps}</p>
      <form noValidate onSubmit={submit}>
        {code !== undefined && <CodeField code={code} error={error?.text} input={field} />}
        <div class="govuk-button-group">
          <Button submit>{words.add.accept}</Button>
          <ButtonLink href="#home" secondary>
            {words.add.decline}
          </ButtonLink>
        </div>
      </form>
    </Page>
  );
}

type Words = ReturnType<typeof useSpeech>["words"];

function wrongCode(refusal: Refusal, words: Words): string {
  const more = refusal.count === undefined ? words.add.codeMaybeOver : words.add.codeTries(refusal.count);
  return `${words.add.codeWrong}. ${more}`;
}

// A code that can't be right is not tried: it would cost one of few tries.
function checkCode(text: string, code: TransactionCode, words: Words): string | undefined {
  if (text === "") return words.add.codeEmpty;
  if (code.numeric && !/^[0-9]+$/.test(text)) return words.add.codeDigits;
  if (code.length !== undefined && text.length !== code.length) return words.add.codeLength(code.length);
  return undefined;
}

function CodeField(props: {
  code: TransactionCode;
  error: string | undefined;
  input: { current: HTMLInputElement | null };
}) {
  const { words } = useSpeech();
  const { code, error } = props;
  const hint = code.numeric ? words.add.codeHintDigits(code.length) : words.add.codeHint(code.length);
  return (
    <div class={`govuk-form-group${error === undefined ? "" : " govuk-form-group--error"}`}>
      <label class="govuk-label govuk-label--m" for="code">
        {words.add.codeLabel}
      </label>
      <div class="govuk-hint" id="code-hint">
        {hint}
      </div>
      {error !== undefined && (
        <p class="govuk-error-message" id="code-error">
          {error}
        </p>
      )}
      <input
        class={`govuk-input code-input${error === undefined ? "" : " govuk-input--error"}`}
        id="code"
        ref={props.input}
        type="text"
        inputMode={code.numeric ? "numeric" : "text"}
        autocomplete="one-time-code"
        autocapitalize="none"
        spellcheck={false}
        aria-describedby={error === undefined ? "code-hint" : "code-hint code-error"}
      />
    </div>
  );
}
