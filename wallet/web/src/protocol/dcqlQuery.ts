/** A DCQL query (OpenID4VP 1.0 §6), read strictly into what matching needs; formats that we don't know stay nameless. */

import {
  base64urlDecode,
  base64urlEncode,
  isObject,
  type Json,
  type JsonObject,
  memberArray,
  memberObject,
  memberObjects,
  memberString,
} from "./encoding";
import { Refusal } from "./errors";
import type { QueryPath } from "./sdJwt";

export interface Query {
  readonly credentials: readonly CredentialQuery[];
  /** Always there: without credential_sets all credentials are one required set (§6.4.2). */
  readonly sets: readonly CredentialSet[];
}

/** §6.1 */
export interface CredentialQuery {
  readonly id: string;
  readonly format: string;
  /** Empty for formats other than dc+sd-jwt. */
  readonly types: readonly string[];
  readonly multiple: boolean;
  /** Our claims are always bound to a key; it matters only for what a request must carry (§5.3). */
  readonly holderBinding: boolean;
  readonly claims: readonly ClaimQuery[];
  /** Positions in `claims`, best first (§6.4.1); one set with all of them when the query names none. */
  readonly claimSets: readonly (readonly number[])[];
  /** Key identifiers (base64url) of accepted authorities; undefined accepts all. */
  readonly authorities: readonly string[] | undefined;
}

/** §6.3 */
export interface ClaimQuery {
  readonly path: QueryPath;
  readonly values: readonly Json[] | undefined;
}

/** §6.2 */
export interface CredentialSet {
  readonly required: boolean;
  readonly options: readonly (readonly string[])[];
}

export const SD_JWT_VC = "dc+sd-jwt";
const IDENTIFIER = /^[A-Za-z0-9_-]{1,128}$/;
const MAX_CREDENTIALS = 64;
const MAX_CLAIMS = 64;
const MAX_VALUES = 256;

/** Raises request_unsupported. */
export function parseQuery(json: JsonObject): Query {
  try {
    const credentials = nonEmpty(memberObjects(json, "credentials"), MAX_CREDENTIALS).map(readCredential);
    checkUnique(credentials.map((one) => one.id));
    return { credentials, sets: readSets(json, new Set(credentials.map((one) => one.id))) };
  } catch (cause) {
    throw new Refusal("request_unsupported", "the question is not well formed", { cause });
  }
}

function wrong(rule: string): Refusal {
  return new Refusal("request_unsupported", rule);
}

function nonEmpty<T>(list: T[], limit: number): T[] {
  if (list.length === 0 || list.length > limit) throw wrong("a list is empty or too long");
  return list;
}

function checkUnique(names: readonly (string | undefined)[]): void {
  const given = names.filter((name) => name !== undefined);
  if (new Set(given).size !== given.length) throw wrong("an identifier stands twice");
}

function readIdentifier(value: Json | undefined): string {
  if (typeof value !== "string" || !IDENTIFIER.test(value)) throw wrong("an identifier has other characters");
  return value;
}

function readCredential(json: JsonObject): CredentialQuery {
  const format = memberString(json, "format");
  const meta = memberObject(json, "meta"); // §6.1: required
  const claims = json.claims === undefined ? [] : nonEmpty(memberObjects(json, "claims"), MAX_CLAIMS);
  const names = claims.map((claim) => (claim.id === undefined ? undefined : readIdentifier(claim.id)));
  checkUnique(names);
  return {
    id: readIdentifier(json.id),
    format,
    types: format === SD_JWT_VC ? readStrings(meta, "vct_values") : [], // Appendix B.3.5
    multiple: readFlag(json, "multiple", false),
    holderBinding: readFlag(json, "require_cryptographic_holder_binding", true),
    claims: claims.map(readClaim),
    claimSets: readClaimSets(json, names),
    authorities: readAuthorities(json),
  };
}

function readFlag(json: JsonObject, name: string, otherwise: boolean): boolean {
  const value = json[name] === undefined ? otherwise : json[name];
  if (typeof value !== "boolean") throw wrong(`${name} is neither true nor false`);
  return value;
}

function readStrings(json: JsonObject, name: string): string[] {
  const list = nonEmpty(memberArray(json, name), MAX_CLAIMS);
  return list.map((one) => {
    if (typeof one !== "string" || one === "") throw wrong(`${name} holds something else than texts`);
    return one;
  });
}

function readClaim(json: JsonObject): ClaimQuery {
  return {
    path: readPath(json.path),
    values: json.values === undefined ? undefined : readValues(json),
  };
}

/** §7: names, positions, or null for every element; also in a registration certificate. */
export function readPath(value: Json | undefined): QueryPath {
  const fits = (step: Json) => step === null || typeof step === "string" || isPosition(step);
  if (!Array.isArray(value) || !nonEmpty(value, 16).every(fits)) throw wrong("a path has other steps");
  return value as QueryPath;
}

// §6.3: texts, whole numbers, yes or no
function readValues(json: JsonObject): Json[] {
  const fits = (one: Json) =>
    typeof one === "string" || typeof one === "boolean" || Number.isSafeInteger(one);
  const values = nonEmpty(memberArray(json, "values"), MAX_VALUES);
  if (!values.every(fits)) throw wrong("values are other things than texts, whole numbers, yes and no");
  return values;
}

function isPosition(step: Json): boolean {
  return typeof step === "number" && Number.isSafeInteger(step) && step >= 0;
}

function readClaimSets(json: JsonObject, names: readonly (string | undefined)[]): number[][] {
  if (json.claim_sets === undefined) return [names.map((_, at) => at)];
  // §6.3: every claim has a name where there are claim sets
  if (names.includes(undefined)) throw wrong("a claim without a name stands beside claim sets");
  return nonEmpty(memberArray(json, "claim_sets"), MAX_CLAIMS).map((set) => {
    if (!Array.isArray(set)) throw wrong("a claim set is no list");
    return nonEmpty(set, MAX_CLAIMS).map((name) => {
      const at = names.indexOf(readIdentifier(name));
      if (at < 0) throw wrong("a claim set names an unknown claim");
      return at;
    });
  });
}

// §6.1.1: an authority of a kind that we don't know matches nothing
function readAuthorities(json: JsonObject): string[] | undefined {
  if (json.trusted_authorities === undefined) return undefined;
  const entries = nonEmpty(memberObjects(json, "trusted_authorities"), MAX_CLAIMS);
  return entries.flatMap((one) => {
    const values = readStrings(one, "values");
    return memberString(one, "type") === "aki" ? values.map(readKeyIdentifier) : [];
  });
}

// §6.1.1.1: base64url, in the one way to write it
function readKeyIdentifier(value: string): string {
  return base64urlEncode(base64urlDecode(value));
}

function readSets(json: JsonObject, known: ReadonlySet<string>): CredentialSet[] {
  if (json.credential_sets === undefined) return [{ required: true, options: [[...known]] }];
  return nonEmpty(memberObjects(json, "credential_sets"), MAX_CREDENTIALS).map((set) => ({
    required: readFlag(set, "required", true),
    options: nonEmpty(memberArray(set, "options"), MAX_CREDENTIALS).map((option) =>
      readOption(option, known),
    ),
  }));
}

function readOption(option: Json, known: ReadonlySet<string>): string[] {
  if (!Array.isArray(option) || isObject(option)) throw wrong("an option is no list");
  const ids = nonEmpty(option, MAX_CREDENTIALS).map(readIdentifier);
  if (!ids.every((id) => known.has(id))) throw wrong("an option names an unknown credential");
  return ids;
}
