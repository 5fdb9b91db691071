/** Language, where things are kept, and deleting them. */

import { useEffect, useState } from "preact/hooks";
import type { Language } from "../protocol/localised";
import { askToPersist, deleteEverything } from "../store";
import { Button, ButtonLink, Page, useSpeech } from "../ui";
import type { Wallet } from "../wallet";

export function Settings(props: { wallet: Wallet; onLanguage: (language: Language) => void }) {
  const { words } = useSpeech();
  const [stage, setStage] = useState<"overview" | "asking" | "deleted">("overview");
  const remove = async () => {
    await deleteEverything(props.wallet.store);
    setStage("deleted");
  };
  if (stage === "asking")
    return (
      <Page title={words.settings.removeTitle}>
        <p class="govuk-body-l">{words.settings.removeText}</p>
        <div class="govuk-button-group">
          <Button kind="warning" onClick={() => void remove()}>
            {words.settings.removeYes}
          </Button>
          <Button kind="secondary" onClick={() => setStage("overview")}>
            {words.settings.removeNo}
          </Button>
        </div>
      </Page>
    );
  if (stage === "deleted")
    return (
      <Page title={words.settings.removed}>
        <ButtonLink href="#home">{words.toWallet}</ButtonLink>
      </Page>
    );
  return (
    <Page title={words.settings.title}>
      <LanguageChoice onLanguage={props.onLanguage} />
      <Storage />
      {props.wallet.config.networkName !== "" && (
        <>
          <h2 class="govuk-heading-m">{words.settings.network}</h2>
          <p class="govuk-body">{props.wallet.config.networkName}</p>
        </>
      )}
      <h2 class="govuk-heading-m">{words.settings.remove}</h2>
      <Button kind="secondary" onClick={() => setStage("asking")}>
        {words.settings.remove}
      </Button>
    </Page>
  );
}

function LanguageChoice(props: { onLanguage: (language: Language) => void }) {
  const { words, language } = useSpeech();
  const choices = [
    ["en", words.settings.english],
    ["cy", words.settings.welsh],
  ] as const;
  return (
    <fieldset class="govuk-fieldset govuk-form-group">
      <legend class="govuk-fieldset__legend govuk-fieldset__legend--m">{words.settings.language}</legend>
      <div class="govuk-radios">
        {choices.map(([code, name]) => (
          <div key={code} class="govuk-radios__item">
            <input
              class="govuk-radios__input"
              id={`language-${code}`}
              type="radio"
              name="language"
              checked={language === code}
              onChange={() => props.onLanguage(code)}
            />
            <label class="govuk-label govuk-radios__label" for={`language-${code}`}>
              {name}
            </label>
          </div>
        ))}
      </div>
    </fieldset>
  );
}

function Storage() {
  const { words } = useSpeech();
  const [persisted, setPersisted] = useState<boolean>();
  useEffect(() => {
    void navigator.storage?.persisted?.().then(setPersisted);
  }, []);
  return (
    <>
      <h2 class="govuk-heading-m">{words.settings.storage}</h2>
      <p class="govuk-body">{words.settings.storageText}</p>
      {persisted !== undefined && (
        <p class="govuk-body" role="status">
          {persisted ? words.settings.persisted : words.settings.notPersisted}
        </p>
      )}
      {persisted === false && (
        <Button kind="secondary" onClick={() => void askToPersist().then(setPersisted)}>
          {words.settings.ask}
        </Button>
      )}
    </>
  );
}
