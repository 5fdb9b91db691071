/** Facts of a claim with the labels that its type gives them. */

import type { JsonObject } from "./protocol/encoding";
import { flatten } from "./protocol/facts";
import type { Localised } from "./protocol/localised";
import type { Path } from "./protocol/sdJwt";
import type { TypeAttribute } from "./protocol/typeMetadata";
import { Fact, Facts, Said, useSpeech } from "./ui";
import { formatFact } from "./words";

/** Label and value, one row a fact. */
export function Details(props: { facts: JsonObject; attributes: readonly TypeAttribute[] }) {
  const { language, say } = useSpeech();
  return (
    <Facts>
      {flatten(props.facts).map(({ path, value }) => (
        <Fact key={path.join("/")} name={say(labelOf(path, props.attributes))}>
          {formatFact(value, language)}
        </Fact>
      ))}
    </Facts>
  );
}

/** Labels only, for what stays hidden. */
export function DetailNames(props: { facts: JsonObject; attributes: readonly TypeAttribute[] }) {
  const labels = flatten(props.facts).map(({ path }) => labelOf(path, props.attributes));
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

// The nearest place that the type names; else the member's own name.
function labelOf(path: Path, attributes: readonly TypeAttribute[]): Localised {
  const fits = (attribute: TypeAttribute) =>
    attribute.path.length <= path.length &&
    attribute.path.every((step, at) => step === path[at] || step === null);
  const best = attributes.filter(fits).sort((left, right) => right.path.length - left.path.length)[0];
  return best?.label ?? { en: String(path.findLast((step) => typeof step === "string") ?? "") };
}
