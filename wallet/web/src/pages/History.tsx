/** What was shared with whom; kept on this phone only. */

import { useEffect, useState } from "preact/hooks";
import { listRecords, type SharedRecord } from "../store";
import { Page, RegisterLink, Said, useSpeech } from "../ui";
import type { Wallet } from "../wallet";
import { formatMoment } from "../words";

export function History(props: { wallet: Wallet }) {
  const { words } = useSpeech();
  const [records, setRecords] = useState<SharedRecord[]>();
  useEffect(() => {
    void listRecords(props.wallet.store).then(setRecords);
  }, [props.wallet]);
  if (records === undefined) return <div class="loading" aria-busy="true" />;
  const isAnyRegistered = records.some((record) => record.register !== undefined);
  return (
    <Page title={words.history.title}>
      <p class="govuk-body">{records.length === 0 ? words.history.empty : words.history.only}</p>
      {isAnyRegistered && <p class="govuk-hint">{words.register.learns}</p>}
      <ul class="cards">
        {records.map((record) => (
          <li key={record.id}>
            <Entry record={record} />
          </li>
        ))}
      </ul>
    </Page>
  );
}

function Entry(props: { record: SharedRecord }) {
  const { words, language, say } = useSpeech();
  const { record } = props;
  return (
    <article class="card">
      <h2 class="card__title">
        <Said words={record.organisationName} />
      </h2>
      <p class="card__line">
        <strong class={`govuk-tag govuk-tag--${record.outcome === "shared" ? "green" : "grey"}`}>
          {words.history[record.outcome]}
        </strong>{" "}
        <span class="card__when">{formatMoment(record.at, language)}</span>
      </p>
      {record.outcome !== "declined" &&
        record.shared.map((item) => (
          <p key={item.statement.en} class="card__line">
            <Said words={item.statement} />
            {item.attributes.length > 0 &&
              ` ${words.history.withDetails} ${item.attributes.map(say).join(", ")}`}
          </p>
        ))}
      <p class="card__line card__small">
        {words.history.why}: <Said words={record.purpose} />
      </p>
      {record.outcome !== "declined" && (
        <p class="card__line card__small">
          {words.history.kept}: <Said words={record.retention} />
        </p>
      )}
      {record.privacyPolicy !== undefined && (
        <p class="card__line">
          <a
            class="govuk-link tall-link"
            href={record.privacyPolicy}
            target="_blank"
            rel="noreferrer noopener"
          >
            {words.history.privacy} ({words.present.opens})
          </a>
        </p>
      )}
      {record.register !== undefined && (
        <p class="card__line">
          <RegisterLink href={say(record.register)} />
        </p>
      )}
    </article>
  );
}
