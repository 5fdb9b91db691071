/** Facts of a claim with the labels that its type gives them. */

import type { JsonObject } from "./protocol/encoding";
import { inTypeOrder, labelOf, type TypeAttribute } from "./protocol/typeMetadata";
import { Fact, Facts, Said, useSpeech } from "./ui";
import { formatFact } from "./words";

/** Label and value, one row a fact. */
export function Details(props: { facts: JsonObject; attributes: readonly TypeAttribute[] }) {
  const { language, say } = useSpeech();
  return (
    <Facts>
      {inTypeOrder(props.facts, props.attributes).map(({ path, value }) => (
        <Fact key={path.join("/")} name={say(labelOf(path, props.attributes))}>
          {formatFact(value, language)}
        </Fact>
      ))}
    </Facts>
  );
}

/** Labels only, for what stays hidden. */
export function DetailNames(props: { facts: JsonObject; attributes: readonly TypeAttribute[] }) {
  const labels = inTypeOrder(props.facts, props.attributes).map(({ path }) =>
    labelOf(path, props.attributes),
  );
  return (
    <ul class="govuk-list hidden-list">
      {labels.map((label) => (
        <li key={label.en}>
          <Said words={label} />
        </li>
      ))}
    </ul>
  );
}
