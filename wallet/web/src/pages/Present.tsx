/** A request: who asks what, why, by which law and for how long; the citizen's yes or no; and where it goes on. */

import { useCallback, useEffect, useState } from "preact/hooks";
import { DetailNames, Details } from "../details";
import type { JsonObject } from "../protocol/encoding";
import { asRefusal, mayRetry, type Refusal } from "../protocol/errors";
import { flatten } from "../protocol/facts";
import type { Invocation } from "../protocol/link";
import type { Localised } from "../protocol/localised";
import { type Contact, type Need, reasonFor } from "../protocol/registration";
import { inTypeOrder, labelOf, type TypeAttribute } from "../protocol/typeMetadata";
import { closeInvocation } from "../router";
import type { StoredClaim } from "../store";
import {
  Button,
  ButtonLink,
  Checked,
  Fact,
  Facts,
  Page,
  RefusalPage,
  RegisterLink,
  Said,
  useSpeech,
  Working,
} from "../ui";
import {
  type Outcome,
  type SealedAnswer,
  sealAnswer,
  sealRefusal,
  sendAnswer,
} from "../usecases/answerRequest";
import {
  type MissingWay,
  type OpenedRequest,
  openRequest,
  type PreparedChoice,
} from "../usecases/openRequest";
import type { Wallet } from "../wallet";
import { Tick } from "./Add";

type State =
  | { readonly at: "reading" }
  | { readonly at: "asking"; readonly opened: OpenedRequest }
  | { readonly at: "sending"; readonly opened: OpenedRequest }
  | {
      readonly at: "interrupted";
      readonly opened: OpenedRequest;
      readonly answer: SealedAnswer;
      readonly refusal: Refusal;
    }
  | {
      readonly at: "done";
      readonly opened: OpenedRequest;
      readonly declined: boolean;
      readonly outcome: Outcome;
    }
  | {
      readonly at: "refused";
      readonly refusal: Refusal;
      readonly sent: boolean;
      /** What the service refused, where it says that the claim is the reason. */
      readonly claims?: readonly StoredClaim[];
    };

export function Present(props: { wallet: Wallet; link: Invocation & { kind: "present" } }) {
  const { wallet, link } = props;
  const { words } = useSpeech();
  const [state, setState] = useState<State>({ at: "reading" });
  const read = useCallback(() => {
    setState({ at: "reading" });
    openRequest(wallet, link).then(
      (opened) => setState({ at: "asking", opened }),
      (error: unknown) => setState({ at: "refused", refusal: asRefusal(error), sent: false }),
    );
  }, [wallet, link]);
  useEffect(read, [read]);

  const send = async (opened: OpenedRequest, answer: SealedAnswer) => {
    setState({ at: "sending", opened });
    try {
      const outcome = await sendAnswer(wallet, answer);
      closeInvocation();
      setState({ at: "done", opened, outcome, declined: answer.record.outcome === "declined" });
    } catch (error) {
      const refusal = asRefusal(error);
      if (mayRetry(refusal)) setState({ at: "interrupted", opened, answer, refusal });
      else {
        const claims = refusal.code === "answer_refused" ? [] : answer.claims;
        setState({ at: "refused", refusal, sent: answer.record.outcome !== "declined", claims });
      }
    }
  };
  const seal = async (opened: OpenedRequest, make: () => Promise<SealedAnswer>) => {
    setState({ at: "sending", opened });
    try {
      await send(opened, await make());
    } catch (error) {
      const refusal = asRefusal(error);
      // Another page of this wallet may have sent the answer.
      setState({ at: "refused", refusal, sent: refusal.code === "already_answered" });
    }
  };

  switch (state.at) {
    case "reading":
      return <Working>{words.present.reading}</Working>;
    case "asking": {
      const { opened } = state;
      const decline = () => void seal(opened, () => sealRefusal(wallet, opened));
      if (opened.choices.length === 0) return <Missing opened={opened} onDecline={decline} />;
      const share = (chosen: PreparedChoice) => void seal(opened, () => sealAnswer(wallet, opened, chosen));
      return <Consent opened={opened} onShare={share} onDecline={decline} />;
    }
    case "sending":
      return <Working>{words.present.sending}</Working>;
    case "interrupted":
      return (
        <Page title={words.refusals[state.refusal.code].title}>
          <p class="govuk-body-l">
            {state.refusal.code === "peer_failed" ? words.present.unable : words.present.interrupted}
          </p>
          <Button onClick={() => void send(state.opened, state.answer)}>{words.present.resend}</Button>
        </Page>
      );
    case "done":
      return <Done {...state} />;
    case "refused":
      return (
        <RefusalPage
          refusal={state.refusal}
          nothingSent={!state.sent}
          {...(!state.sent && mayRetry(state.refusal) ? { onRetry: read } : {})}
        >
          <Givers claims={state.claims ?? []} />
        </RefusalPage>
      );
  }
}

function Consent(props: {
  opened: OpenedRequest;
  onShare: (choice: PreparedChoice) => void;
  onDecline: () => void;
}) {
  const { words, say } = useSpeech();
  const { registration, choices, request } = props.opened;
  const [chosen, setChosen] = useState(0);
  const choice = choices[chosen] as PreparedChoice;
  return (
    <Page title={words.present.title(say(request.serviceName))}>
      <Checked>{words.present.checked}</Checked>
      <p class="govuk-body-l">
        {words.present.question}: <Said words={registration.service} />
      </p>
      {choices.length > 1 && <Choices choices={choices} chosen={chosen} onChoose={setChosen} />}
      <WillSee choice={choice} needs={registration.needs} />
      <Facts>
        <Fact name={words.present.why}>
          <Said words={registration.purpose} />
        </Fact>
        <Fact name={words.present.law}>
          <Said words={registration.law} />
        </Fact>
        <Fact name={words.present.kept}>
          <Said words={registration.retention} />
        </Fact>
      </Facts>
      <Rights opened={props.opened} />
      {/* A link and a code can both be passed on, and a phone's own camera opens a code like a link. */}
      <div class="caution">
        <p class="govuk-body">
          <strong>{words.present.caution}</strong>
        </p>
        <p class="govuk-body">{words.present.cautionRisk}</p>
      </div>
      <p class="govuk-body">{words.present.free}</p>
      <div class="decision">
        <Button onClick={() => props.onShare(choice)}>{words.present.share}</Button>
        <Button kind="secondary" onClick={props.onDecline}>
          {words.present.decline}
        </Button>
      </div>
    </Page>
  );
}

function Choices(props: {
  choices: readonly PreparedChoice[];
  chosen: number;
  onChoose: (index: number) => void;
}) {
  const { words, say } = useSpeech();
  return (
    <fieldset class="govuk-fieldset govuk-form-group">
      <legend class="govuk-fieldset__legend govuk-fieldset__legend--m">{words.present.choose}</legend>
      <div class="govuk-radios">
        {props.choices.map((choice, index) => {
          const id = `choice-${index}`;
          const names = choice.items.map(
            (item) => `${say(item.claim.statement)} (${say(item.claim.issuerName)})`,
          );
          return (
            <div key={id} class="govuk-radios__item">
              <input
                class="govuk-radios__input"
                id={id}
                type="radio"
                name="choice"
                checked={props.chosen === index}
                onChange={() => props.onChoose(index)}
              />
              <label class="govuk-label govuk-radios__label" for={id}>
                {names.join(` ${words.present.and} `)}
              </label>
            </div>
          );
        })}
      </div>
    </fieldset>
  );
}

function WillSee(props: { choice: PreparedChoice; needs: readonly Need[] }) {
  const { words } = useSpeech();
  return (
    <section class="will-see" aria-live="polite">
      <h2 class="govuk-heading-m">{words.present.willSee}</h2>
      {props.choice.items.map(({ claim, shown, hidden }) => (
        <div key={claim.id} class="will-see__item">
          <p class="will-see__statement">
            <Said words={claim.statement} />
          </p>
          {flatten(shown).length === 0 ? (
            <p class="govuk-body">{words.present.onlyThis}</p>
          ) : (
            <>
              <p class="govuk-body">{words.present.andDetails}</p>
              <Details facts={shown} attributes={claim.attributes} />
              <Reasons facts={shown} attributes={claim.attributes} needs={props.needs} />
            </>
          )}
          <h3 class="govuk-heading-s">{words.present.stays}</h3>
          {flatten(hidden).length === 0 ? (
            <p class="govuk-body">{words.present.noneHidden}</p>
          ) : (
            <DetailNames facts={hidden} attributes={claim.attributes} />
          )}
        </div>
      ))}
      <p class="govuk-hint">
        {words.present.alsoTechnical} {words.present.valid}.
      </p>
    </section>
  );
}

/** Why the service needs each detail that it would see; only what was registered. */
function Reasons(props: { facts: JsonObject; attributes: readonly TypeAttribute[]; needs: readonly Need[] }) {
  const { words, say } = useSpeech();
  const reasons = inTypeOrder(props.facts, props.attributes)
    .map(({ path }) => ({ path, reason: reasonFor(path, props.needs) }))
    .filter((one): one is { path: (string | number)[]; reason: Localised } => one.reason !== undefined);
  if (reasons.length === 0) return null;
  return (
    <details class="govuk-details">
      <summary class="govuk-details__summary">
        <span class="govuk-details__summary-text">{words.present.whyEach}</span>
      </summary>
      <div class="govuk-details__text">
        <Facts>
          {reasons.map(({ path, reason }) => (
            <Fact key={path.join("/")} name={say(labelOf(path, props.attributes))}>
              <Said words={reason} />
            </Fact>
          ))}
        </Facts>
      </div>
    </details>
  );
}

function Rights(props: { opened: OpenedRequest }) {
  const { words, say } = useSpeech();
  const { registration, register } = props.opened;
  const complain = addressOf(registration.complaints);
  return (
    <details class="govuk-details">
      <summary class="govuk-details__summary">
        <span class="govuk-details__summary-text">{words.present.more}</span>
      </summary>
      <div class="govuk-details__text">
        {registration.objection !== undefined && (
          <p class="govuk-body">
            <strong>{words.present.object}</strong>: <Said words={registration.objection} />
          </p>
        )}
        <ul class="govuk-list tall-list">
          <li>
            <OutsideLink href={registration.privacyPolicy}>{words.present.privacy}</OutsideLink>
          </li>
          {registration.support !== undefined && (
            <li>
              <OutsideLink href={registration.support}>{words.present.contact}</OutsideLink>
            </li>
          )}
          {registration.supportPhone !== undefined && (
            <li>
              <OutsideLink href={callTo(registration.supportPhone)}>{words.present.contact}</OutsideLink>
            </li>
          )}
          {complain !== undefined && (
            <li>
              <OutsideLink href={complain}>{words.present.complain}</OutsideLink>
            </li>
          )}
          {register !== undefined && (
            <li>
              <RegisterLink href={say(register)} />
            </li>
          )}
        </ul>
        {register !== undefined && <p class="govuk-hint">{words.register.learns}</p>}
      </div>
    </details>
  );
}

function addressOf(contact: Contact): string | undefined {
  if (contact.uri !== undefined) return contact.uri;
  if (contact.email !== undefined) return `mailto:${contact.email}`;
  return contact.phone === undefined ? undefined : callTo(contact.phone);
}

function callTo(phone: string): string {
  return `tel:${phone.replaceAll(" ", "")}`;
}

/** A link out of the wallet: only to the web, mail or telephone; never a script. */
function OutsideLink(props: { href: string; children: string }) {
  const { words } = useSpeech();
  const safe = URL.canParse(props.href) && /^(https?|mailto|tel):$/.test(new URL(props.href).protocol);
  if (!safe) return <span>{props.children}</span>;
  const web = props.href.startsWith("http");
  const plain = props.href.replace(/^(mailto|tel):/, "");
  return (
    <a
      class="govuk-link tall-link"
      href={props.href}
      {...(web ? { target: "_blank", rel: "noreferrer noopener" } : {})}
    >
      {props.children} ({web ? words.present.opens : plain})
    </a>
  );
}

/** The departments to ask about what a service refused, each once. */
function Givers(props: { claims: readonly StoredClaim[] }) {
  const { words, say } = useSpeech();
  const givers = new Map(props.claims.map((claim) => [claim.issuerUrl, claim.issuerName]));
  if (givers.size === 0) return null;
  return (
    <>
      <p class="govuk-body">{words.present.givers}</p>
      <ul class="govuk-list">
        {[...givers].map(([url, name]) => (
          <li key={url}>
            <OutsideLink href={url}>{say(name)}</OutsideLink>
          </li>
        ))}
      </ul>
    </>
  );
}

function Missing(props: { opened: OpenedRequest; onDecline: () => void }) {
  const { words, say } = useSpeech();
  const { request, missing } = props.opened;
  const name = say(request.serviceName);
  const isHeld = missing.some((way) => way.some((claim) => claim.problem !== undefined));
  return (
    <Page title={isHeld ? words.present.heldTitle(name) : words.present.missingTitle(name)}>
      <p class="govuk-body">{missing.length > 1 ? words.present.missingAny : words.present.missing}</p>
      <ul class="cards">
        {missing.map((way) => (
          <li key={way.map((claim) => claim.statement.en).join()} class="card card--plain">
            <MissingClaims way={way} />
          </li>
        ))}
      </ul>
      <p class="govuk-body">{words.present.missingHow}</p>
      <p class="govuk-inset-text">
        <strong>{words.refusal.nothingSent}</strong>
      </p>
      <div class="govuk-button-group">
        <Button kind="secondary" onClick={props.onDecline}>
          {words.present.tellNo}
        </Button>
        <ButtonLink href="#home" secondary>
          {words.toWallet}
        </ButtonLink>
      </div>
    </Page>
  );
}

function MissingClaims(props: { way: MissingWay }) {
  const { words, say } = useSpeech();
  return (
    <>
      {props.way.map((claim, index) => (
        <div key={claim.statement.en}>
          <p class="card__title">
            {index > 0 && `${words.present.and} `}
            <Said words={claim.statement} />
          </p>
          {claim.problem !== undefined && (
            <p class="card__line">
              <strong class="govuk-tag govuk-tag--grey">{words.home[claim.problem]}</strong>{" "}
              {words.claim[claim.problem]}
            </p>
          )}
          {claim.departments.length > 0 && (
            <ul class="govuk-list card__line">
              {claim.departments.map((one) => (
                <li key={one.url}>
                  {words.present.missingFrom} <OutsideLink href={one.url}>{say(one.name)}</OutsideLink>
                </li>
              ))}
            </ul>
          )}
        </div>
      ))}
    </>
  );
}

function Done(props: { opened: OpenedRequest; declined: boolean; outcome: Outcome }) {
  const { words, say } = useSpeech();
  const name = say(props.opened.request.serviceName);
  const { redirectUri, isAtHome } = props.outcome;
  // OpenID4VP 1.0 §8.2: the service decides where the citizen goes on; to a place of its own it leads by itself.
  useEffect(() => {
    if (redirectUri !== undefined && isAtHome) location.assign(redirectUri);
  }, [redirectUri, isAtHome]);
  const host = redirectUri === undefined ? "" : new URL(redirectUri).host;
  const title = props.declined ? words.present.declinedTitle : words.present.sharedTitle;
  const text = props.declined
    ? words.present.declined
    : redirectUri === undefined || !isAtHome
      ? words.present.shared
      : words.present.going;
  return (
    <Page title={title} lead={props.declined ? undefined : <Tick />}>
      <p class="govuk-body-l" role="status">
        {text(name)}
      </p>
      {redirectUri !== undefined && !isAtHome && <p class="govuk-body">{words.present.elsewhere(host)}</p>}
      <div class="govuk-button-group">
        {redirectUri !== undefined && (
          <ButtonLink href={redirectUri} secondary={!isAtHome}>
            {words.present.goOn(isAtHome ? name : host)}
          </ButtonLink>
        )}
        <ButtonLink href="#home" secondary>
          {words.toWallet}
        </ButtonLink>
      </div>
    </Page>
  );
}
