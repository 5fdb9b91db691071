/** Facts of a claim with the labels that its type gives them. */

import type { JsonObject } from "./protocol/encoding";
import { flatten } from "./protocol/facts";
import type { Path } from "./protocol/sdJwt";
import { isAtOrAbove, labelOf, type TypeAttribute } from "./protocol/typeMetadata";
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

// Disclosures come shuffled; the type lists its attributes as people expect them.
function inTypeOrder(facts: JsonObject, attributes: readonly TypeAttribute[]) {
  const rank = (path: Path) => {
    const at = attributes.findIndex((attribute) => isAtOrAbove(attribute, path));
    return at < 0 ? attributes.length : at;
  };
  return flatten(facts).sort((left, right) => rank(left.path) - rank(right.path));
}
