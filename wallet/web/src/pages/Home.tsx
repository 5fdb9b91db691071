/** What the citizen can prove: every claim as a plain statement. */

import { useCallback, useEffect, useState } from "preact/hooks";
import { isDoubted, listPending, type PendingOffer } from "../store";
import { ButtonLink, Page, Said, useSpeech } from "../ui";
import { type ClaimState, type Problem, readClaimStates } from "../usecases/claimState";
import type { Wallet } from "../wallet";
import { formatLastDay, formatTime, type Words } from "../words";

interface Held {
  readonly claims: readonly ClaimState[];
  readonly pending: readonly PendingOffer[];
}

async function readHeld(wallet: Wallet): Promise<Held> {
  const pending = await listPending(wallet.store, wallet.now());
  return { claims: await readClaimStates(wallet), pending };
}

export function Home(props: { wallet: Wallet }) {
  const { wallet } = props;
  const { words } = useSpeech();
  const [held, setHeld] = useState<Held>();
  const read = useCallback(() => void readHeld(wallet).then(setHeld), [wallet]);
  useEffect(read, [read]);
  useEffect(() => {
    // What can't be received any more goes away by itself.
    const ends = Math.min(...(held?.pending ?? []).map((one) => one.expiresAt));
    if (!Number.isFinite(ends)) return;
    const timer = setTimeout(read, Math.max(1, ends - wallet.now()) * 1000);
    return () => clearTimeout(timer);
  }, [held, wallet, read]);
  useEffect(() => {
    // A service refused it: its owner must not be left with a claim that may be withdrawn (decision 14).
    if (held?.claims.some(({ claim }) => isDoubted(claim))) void lookAgain(wallet).then((is) => is && read());
  }, [held, wallet, read]);
  if (held === undefined) return <div class="loading" aria-busy="true" />;
  const { claims, pending } = held;
  return (
    <Page title={titleOf(held, words)}>
      {pending.map((one) => (
        <Pending key={one.id} offer={one} />
      ))}
      {claims.length > 0 ? <Cards claims={claims} /> : pending.length === 0 && <Empty />}
      <ButtonLink href="#scan" secondary={pending.length > 0}>
        {words.home.scan}
      </ButtonLink>
    </Page>
  );
}

async function lookAgain(wallet: Wallet): Promise<boolean> {
  const { refreshDoubted } = await import("../usecases/refreshStatus");
  return await refreshDoubted(wallet).catch(() => false); // no connection: the next time asks again
}

function titleOf({ claims, pending }: Held, { home }: Words): string {
  if (claims.length > 0) return home.title;
  return pending.length > 0 ? home.pendingTitle : home.emptyTitle;
}

function Empty() {
  const { words } = useSpeech();
  return (
    <>
      <p class="govuk-body-l">{words.home.empty}</p>
      <p class="govuk-body">{words.home.emptyHow}</p>
    </>
  );
}

function Cards(props: { claims: readonly ClaimState[] }) {
  return (
    <ul class="cards">
      {props.claims.map((state) => (
        <li key={state.claim.id}>
          <Card state={state} />
        </li>
      ))}
    </ul>
  );
}

/** An offer whose code was accepted and whose claims are not here yet. */
function Pending(props: { offer: PendingOffer }) {
  const { words, say } = useSpeech();
  const { id, issuerName, expiresAt } = props.offer;
  return (
    <section class="card card--plain pending">
      <h2 class="card__title">{say(issuerName)}</h2>
      <p class="card__line">{words.home.pending(say(issuerName), formatTime(expiresAt))}</p>
      <ButtonLink href={`#receive/${id}`}>{words.home.goOn}</ButtonLink>
    </section>
  );
}

function Card(props: { state: ClaimState }) {
  const { words, language } = useSpeech();
  const { claim, problem } = props.state;
  const until =
    claim.expiresAt === undefined
      ? words.home.noEnd
      : `${words.home.validUntil} ${formatLastDay(claim.expiresAt, language)}`;
  return (
    <article class={`card${problem === undefined ? "" : " card--over"}`}>
      <h2 class="card__title">
        <a class="card__link" href={`#claim/${claim.id}`}>
          <Said words={claim.statement} />
        </a>
      </h2>
      <p class="card__line">
        {words.home.from} <Said words={claim.issuerName} />
      </p>
      {problem === undefined ? (
        <p class="card__line">{until}</p>
      ) : (
        <p class="card__line">
          <strong class="govuk-tag govuk-tag--grey">{words.home[problem]}</strong> {notUsable(problem, words)}
        </p>
      )}
    </article>
  );
}

// What is on hold, or was not to be found out, may be good again.
function notUsable(problem: Problem, { home }: Words): string {
  return problem === "suspended" || problem === "unknown" ? home.notNow : home.notUsable;
}
