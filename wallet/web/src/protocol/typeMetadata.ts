/** Type Metadata: what a claim type says and is made of (SD-JWT VC draft 13 §6 to §9), with its integrity (§7). */

import { sha256 } from "../keys";
import { readPath } from "./dcqlQuery";
import {
  type Bytes,
  base64Encode,
  type JsonObject,
  memberObjects,
  memberString,
  parseJsonObject,
  utf8Decode,
} from "./encoding";
import { Refusal } from "./errors";
import { flatten } from "./facts";
import { type Localised, parseDisplays, wordsOf } from "./localised";
import { selectPlaces } from "./paths";
import type { Path, ProcessedSdJwt, QueryPath } from "./sdJwt";

export interface TypeMetadata {
  readonly vct: string;
  /** The statement that a claim of this type makes. */
  readonly name: Localised;
  readonly description: Localised | undefined;
  readonly attributes: readonly TypeAttribute[];
}

export interface TypeAttribute {
  readonly path: QueryPath;
  readonly label: Localised;
  readonly sd: "always" | "allowed" | "never";
  readonly mandatory: boolean;
}

/** Reads `bytes` if they have each of the `integrities` (SRI, sha256) and describe `expectedType`. */
export async function verifyTypeMetadata(
  bytes: Bytes,
  expectedType: string,
  integrities: readonly string[],
): Promise<TypeMetadata> {
  const digest = `sha256-${base64Encode(await sha256(bytes))}`;
  if (!integrities.every((one) => isAmong(digest, one)))
    throw new Refusal("claim_type_mismatch", "the type metadata is not what was signed");
  const document = parseJsonObject(utf8Decode(bytes));
  if (document.vct !== expectedType)
    throw new Refusal("claim_type_mismatch", "the type metadata is another type's");
  // Our network's types stand alone; half-understood inheritance would show half the meaning.
  if (document.extends !== undefined) throw new Refusal("claim_type_mismatch", "a type that extends another");
  return readTypeMetadata(document);
}

// §7, W3C SRI §3.5: a text may list several digests, and those of the strongest hash decide. We know sha256 only, so one
// that is stronger refuses the document.
function isAmong(digest: string, integrity: string): boolean {
  const listed = integrity.split(/\s+/).map((one) => one.split("?")[0]);
  return listed.includes(digest) && !listed.some((one) => /^sha(384|512)-/.test(one ?? ""));
}

function readTypeMetadata(document: JsonObject): TypeMetadata {
  const vct = memberString(document, "vct");
  const displays = parseDisplays(document.display, "name");
  const description = wordsOf(
    displays,
    (one) => one.description,
    optionalText(document, "description") ?? "",
  );
  const attributes =
    document.claims === undefined ? [] : memberObjects(document, "claims").map(readAttribute);
  // Two rules for one path could contradict each other.
  if (new Set(attributes.map((one) => JSON.stringify(one.path))).size !== attributes.length)
    throw mismatch("a path stands twice");
  return {
    vct,
    name: wordsOf(displays, (one) => one.text, optionalText(document, "name") || vct),
    description: description.en === "" ? undefined : description,
    attributes,
  };
}

function optionalText(document: JsonObject, name: string): string | undefined {
  const text = document[name];
  if (text !== undefined && typeof text !== "string") throw mismatch(`${name} is no text`);
  return text;
}

function readAttribute(entry: JsonObject): TypeAttribute {
  const path = readPathOf(entry);
  const sd = entry.sd ?? "allowed"; // §9.3: the default
  if (sd !== "always" && sd !== "allowed" && sd !== "never")
    throw mismatch("an unknown rule for selective disclosure");
  const mandatory = entry.mandatory ?? false;
  if (typeof mandatory !== "boolean") throw mismatch("mandatory is neither true nor false");
  const displays = parseDisplays(entry.display, "label");
  const label = wordsOf(displays, (one) => one.text, String(path.at(-1) ?? ""));
  return { path, label, sd, mandatory };
}

function readPathOf(entry: JsonObject): QueryPath {
  try {
    return readPath(entry.path); // §9.1: as in DCQL
  } catch {
    throw mismatch("a path is no list of names, positions and nulls");
  }
}

function mismatch(rule: string): Refusal {
  return new Refusal("claim_type_mismatch", rule);
}

/** §9: raises claim_type_mismatch where a claim is not made as its type says. */
export function checkAgainstType(processed: ProcessedSdJwt, type: TypeMetadata): void {
  for (const attribute of type.attributes) {
    const places = selectPlaces(processed.claims, attribute.path);
    if (places === undefined) throw mismatch("a path of the type does not fit the claim");
    if (attribute.mandatory && places.length === 0) throw mismatch("a mandatory attribute is missing");
    for (const [place] of places) checkDisclosure(attribute, place, processed);
  }
}

function checkDisclosure(attribute: TypeAttribute, place: Path, processed: ProcessedSdJwt): void {
  const concealed = processed.disclosures.some((one) => samePlace(one.path, place));
  if (attribute.sd === "always" && !concealed) throw mismatch("an attribute can't be kept back");
  if (attribute.sd === "never" && concealed)
    throw mismatch("an attribute that must stay visible is concealed");
}

/** The label of the nearest place that the type names; else the member's own name. */
export function labelOf(path: Path, attributes: readonly TypeAttribute[]): Localised {
  const named = attributes.filter((attribute) => isAtOrAbove(attribute, path));
  const best = named.sort((left, right) => right.path.length - left.path.length)[0];
  return best?.label ?? { en: String(path.findLast((step) => typeof step === "string") ?? "") };
}

/** Every single fact; disclosures come shuffled, the type lists its attributes as people expect them. */
export function inTypeOrder(facts: JsonObject, attributes: readonly TypeAttribute[]) {
  const rank = (path: Path) => {
    const at = attributes.findIndex((attribute) => isAtOrAbove(attribute, path));
    return at < 0 ? attributes.length : at;
  };
  return flatten(facts).sort((left, right) => rank(left.path) - rank(right.path));
}

/** Whether the type names this place, or one around it. */
function isAtOrAbove({ path: pattern }: TypeAttribute, path: Path): boolean {
  return pattern.length <= path.length && pattern.every((step, at) => step === path[at] || step === null);
}

function samePlace(left: Path, right: Path): boolean {
  return left.length === right.length && left.every((step, at) => step === right[at]);
}
