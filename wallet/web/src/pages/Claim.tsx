/** One claim in full, and deleting it. */

import { useEffect, useState } from "preact/hooks";
import { Details } from "../details";
import { flatten } from "../protocol/facts";
import { deleteClaim } from "../store";
import { Button, ButtonLink, Fact, Facts, Page, Said, useSpeech } from "../ui";
import { type ClaimState, readClaimState } from "../usecases/claimState";
import type { Wallet } from "../wallet";
import { formatDate, formatLastDay } from "../words";

export function ClaimPage(props: { wallet: Wallet; id: string }) {
  const { words } = useSpeech();
  const [state, setState] = useState<ClaimState | "gone">();
  const [asking, setAsking] = useState(false);
  useEffect(() => {
    const read = async () => {
      const claim = await props.wallet.store.get("claims", props.id);
      setState(claim === undefined ? "gone" : await readClaimState(props.wallet, claim));
    };
    void read();
  }, [props.wallet, props.id]);
  if (state === undefined) return <div class="loading" aria-busy="true" />;
  if (state === "gone")
    return (
      <Page title={words.claim.removed}>
        <ButtonLink href="#home">{words.toWallet}</ButtonLink>
      </Page>
    );
  const remove = async () => {
    await deleteClaim(props.wallet.store, props.id);
    setState("gone");
  };
  if (asking)
    return <ConfirmRemoval state={state} onYes={() => void remove()} onNo={() => setAsking(false)} />;
  return <Overview state={state} onRemove={() => setAsking(true)} />;
}

function Overview(props: { state: ClaimState; onRemove: () => void }) {
  const { words, language, say } = useSpeech();
  const { claim, copies, problem } = props.state;
  return (
    <Page title={say(claim.statement)} back="#home">
      {problem !== undefined && <p class="govuk-inset-text">{words.claim[problem]}</p>}
      {claim.description !== undefined && (
        <p class="govuk-body-l">
          <Said words={claim.description} />
        </p>
      )}
      <Facts>
        <Fact name={words.claim.from}>
          <Said words={claim.issuerName} />
        </Fact>
        <Fact name={words.claim.validUntil}>
          {claim.expiresAt === undefined ? words.home.noEnd : formatLastDay(claim.expiresAt, language)}
        </Fact>
        <Fact name={words.claim.added}>{formatDate(claim.addedAt, language)}</Fact>
        {problem === undefined && <Fact name={words.claim.copies}>{words.claim.times(copies)}</Fact>}
      </Facts>
      {problem === undefined && <p class="govuk-hint">{words.claim.copiesHint}</p>}
      <h2 class="govuk-heading-m">{words.claim.details}</h2>
      {flatten(claim.facts).length === 0 ? (
        <p class="govuk-body">{words.claim.noDetails}</p>
      ) : (
        <>
          <p class="govuk-hint">{words.claim.detailsHint}</p>
          <Details facts={claim.facts} attributes={claim.attributes} />
        </>
      )}
      <Button kind="secondary" onClick={props.onRemove}>
        {words.claim.remove}
      </Button>
    </Page>
  );
}

function ConfirmRemoval(props: { state: ClaimState; onYes: () => void; onNo: () => void }) {
  const { words } = useSpeech();
  return (
    <Page title={words.claim.removeTitle}>
      <p class="govuk-body-l">
        <Said words={props.state.claim.statement} />
      </p>
      <p class="govuk-body">{words.claim.removeText}</p>
      <div class="govuk-button-group">
        <Button kind="warning" onClick={props.onYes}>
          {words.claim.removeYes}
        </Button>
        <Button kind="secondary" onClick={props.onNo}>
          {words.claim.removeNo}
        </Button>
      </div>
    </Page>
  );
}
