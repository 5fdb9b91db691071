/** Type Metadata: what a claim type says and is made of (SD-JWT VC draft 13 §6 to §9), with its integrity (§7). */

import { sha256 } from "../keys";
import {
  type Bytes,
  base64Encode,
  isObject,
  type JsonObject,
  memberArray,
  memberObjects,
  memberString,
  parseJsonObject,
  utf8Decode,
} from "./encoding";
import { Refusal } from "./errors";
import { type Localised, parseDisplay } from "./localised";
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
  // §7, W3C SRI §3.5: a text may list several digests; ours must be among them.
  if (!integrities.every((one) => one.split(" ").includes(digest)))
    throw new Refusal("claim_type_mismatch", "the type metadata is not what was signed");
  const document = parseJsonObject(utf8Decode(bytes));
  if (document.vct !== expectedType)
    throw new Refusal("claim_type_mismatch", "the type metadata is another type's");
  // Our network's types stand alone; half-understood inheritance would show half the meaning.
  if (document.extends !== undefined) throw new Refusal("claim_type_mismatch", "a type that extends another");
  return readTypeMetadata(document);
}

function readTypeMetadata(document: JsonObject): TypeMetadata {
  const vct = memberString(document, "vct");
  const described = parseDisplay(document.display, "", "description");
  return {
    vct,
    name: parseDisplay(document.display, typeof document.name === "string" ? document.name : vct),
    description: described.en === "" ? undefined : described,
    attributes: document.claims === undefined ? [] : memberObjects(document, "claims").map(readAttribute),
  };
}

function readAttribute(entry: JsonObject): TypeAttribute {
  const path = memberArray(entry, "path") as QueryPath;
  const sd = entry.sd ?? "allowed"; // §9.3: the default
  if (sd !== "always" && sd !== "allowed" && sd !== "never")
    throw new Refusal("claim_type_mismatch", "an unknown rule for selective disclosure");
  const label = parseDisplay(entry.display, String(path.at(-1) ?? ""), "label");
  return { path, label, sd, mandatory: entry.mandatory === true };
}

/** §9: raises claim_type_mismatch where a claim is not made as its type says. */
export function checkAgainstType(processed: ProcessedSdJwt, type: TypeMetadata): void {
  for (const attribute of type.attributes) {
    const present = valueAt(processed.claims, attribute.path) !== undefined;
    if (attribute.mandatory && !present)
      throw new Refusal("claim_type_mismatch", "a mandatory attribute is missing");
    if (present) checkDisclosure(attribute, processed);
  }
}

function checkDisclosure(attribute: TypeAttribute, processed: ProcessedSdJwt): void {
  const concealed = processed.disclosures.some((one) => samePlace(one.path, attribute.path));
  if (attribute.sd === "always" && !concealed)
    throw new Refusal("claim_type_mismatch", "an attribute can't be kept back");
  if (attribute.sd === "never" && concealed)
    throw new Refusal("claim_type_mismatch", "an attribute that must stay visible is concealed");
}

function samePlace(path: Path, pattern: QueryPath): boolean {
  return (
    path.length === pattern.length &&
    pattern.every((step, at) => step === path[at] || (step === null && typeof path[at] === "number"))
  );
}

/** The first value at `path`, or undefined. */
export function valueAt(claims: JsonObject, path: QueryPath): unknown {
  return path.reduce<unknown>((value, step) => {
    if (Array.isArray(value)) return typeof step === "string" ? undefined : value[step ?? 0];
    return isObject(value) && typeof step === "string" && Object.hasOwn(value, step)
      ? value[step]
      : undefined;
  }, claims);
}
