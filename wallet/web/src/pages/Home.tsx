/** What the citizen can prove: every claim as a plain statement. */

import { useEffect, useState } from "preact/hooks";
import { ButtonLink, Page, Said, useSpeech } from "../ui";
import { type ClaimState, readClaimStates } from "../usecases/claimState";
import type { Wallet } from "../wallet";
import { formatLastDay } from "../words";

export function Home(props: { wallet: Wallet }) {
  const { words } = useSpeech();
  const [claims, setClaims] = useState<ClaimState[]>();
  useEffect(() => {
    void readClaimStates(props.wallet).then(setClaims);
  }, [props.wallet]);
  if (claims === undefined) return <div class="loading" aria-busy="true" />;
  return claims.length === 0 ? (
    <Empty />
  ) : (
    <Page title={words.home.title}>
      <ul class="cards">
        {claims.map((state) => (
          <li key={state.claim.id}>
            <Card state={state} />
          </li>
        ))}
      </ul>
      <ButtonLink href="#scan">{words.home.scan}</ButtonLink>
    </Page>
  );
}

function Empty() {
  const { words } = useSpeech();
  return (
    <Page title={words.home.emptyTitle}>
      <p class="govuk-body-l">{words.home.empty}</p>
      <p class="govuk-body">{words.home.emptyHow}</p>
      <ButtonLink href="#scan">{words.home.scan}</ButtonLink>
    </Page>
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
          <strong class="govuk-tag govuk-tag--grey">{words.home[problem]}</strong> {words.home.notUsable}
        </p>
      )}
    </article>
  );
}
