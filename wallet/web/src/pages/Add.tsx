/** An offer: who makes it, what it is, the code, and the claim in the wallet. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { asRefusal, type Refusal } from "../protocol/errors";
import type { Invocation } from "../protocol/link";
import { closeInvocation } from "../router";
import { askToPersist } from "../store";
import {
  Button,
  ButtonLink,
  Checked,
  ErrorSummary,
  mayRetry,
  Page,
  RefusalPage,
  Said,
  useSpeech,
  Working,
} from "../ui";
import { collect, type Grant, redeem } from "../usecases/acceptOffer";
import { type OpenedOffer, openOffer, type TransactionCode } from "../usecases/openOffer";
import type { Wallet } from "../wallet";

type State =
  | { readonly at: "reading" }
  | { readonly at: "asking"; readonly opened: OpenedOffer; readonly wrong?: Refusal }
  | { readonly at: "working"; readonly opened: OpenedOffer }
  | { readonly at: "interrupted"; readonly grant: Grant }
  | { readonly at: "done"; readonly opened: OpenedOffer }
  | { readonly at: "refused"; readonly refusal: Refusal };

export function Add(props: { wallet: Wallet; link: Invocation & { kind: "add" } }) {
  const { wallet, link } = props;
  const { words, say } = useSpeech();
  const [state, setState] = useState<State>({ at: "reading" });
  const read = useCallback(() => {
    setState({ at: "reading" });
    openOffer(wallet, link).then(
      (opened) => setState({ at: "asking", opened }),
      (error: unknown) => setState({ at: "refused", refusal: asRefusal(error) }),
    );
  }, [wallet, link]);
  useEffect(read, [read]);

  const finish = async (grant: Grant) => {
    setState({ at: "working", opened: grant.opened });
    try {
      await collect(wallet, grant);
      void askToPersist();
      closeInvocation();
      setState({ at: "done", opened: grant.opened });
    } catch (error) {
      const refusal = asRefusal(error);
      setState(mayRetry(refusal) ? { at: "interrupted", grant } : { at: "refused", refusal });
    }
  };
  const accept = async (opened: OpenedOffer, code: string | undefined) => {
    setState({ at: "working", opened });
    try {
      await finish(await redeem(wallet, opened, code));
    } catch (error) {
      const refusal = asRefusal(error);
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
      return (
        <Page title={words.refusals.offline.title}>
          <p class="govuk-body-l">{words.add.interrupted}</p>
          <Button onClick={() => void finish(state.grant)}>{words.tryAgain}</Button>
        </Page>
      );
    case "done":
      return (
        <Page title={words.add.doneTitle} lead={<Tick />}>
          <Offered opened={state.opened} />
          <p class="govuk-body">{words.add.done(say(state.opened.issuerName))}</p>
          <ButtonLink href="#home">{words.add.see}</ButtonLink>
        </Page>
      );
    case "refused":
      return <RefusalPage refusal={state.refusal} {...(mayRetry(state.refusal) ? { onRetry: read } : {})} />;
  }
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

function Offered(props: { opened: OpenedOffer }) {
  return (
    <ul class="cards">
      {props.opened.claims.map(({ configurationId, type }) => (
        <li key={configurationId} class="card card--plain">
          <p class="card__title">
            <Said words={type.name} />
          </p>
          {type.description !== undefined && (
            <p class="card__line">
              <Said words={type.description} />
            </p>
          )}
        </li>
      ))}
    </ul>
  );
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
