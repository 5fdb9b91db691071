/**
 * A claim as it arrives from a department (SD-JWT VC draft 13 §3, RFC 9901 §7.2 for the holder).
 *
 * Established before it is kept:
 *  1. an SD-JWT of type dc+sd-jwt with ES256 and a chain;
 *  2. the chain ends at our root, its leaf was made for signing claims, and the trust list names that organisation
 *     for this very claim type, and it is the department that offered it; a good signature by anyone else is refused;
 *  3. the leaf's key signed it, and `iss`, where there is one, is that leaf's;
 *  4. every disclosure has its digest and none replaces a registered claim;
 *  5. it is bound to a key that this wallet made for this request, and to nothing else;
 *  6. it is valid now, and can end or be withdrawn;
 *  7. it is made as its type says, by metadata with the signed integrity.
 */

import type { HolderKey } from "../keys";
import type { Signer } from "./chain";
import {
  type JsonObject,
  memberObject,
  memberString,
  memberStrings,
  optionalNumber,
  optionalString,
} from "./encoding";
import { Refusal } from "./errors";
import { ALWAYS_OPEN, withoutRegistered } from "./facts";
import { parseJws, verifyJws } from "./jws";
import type { Localised } from "./localised";
import { type ProcessedSdJwt, parseSdJwt, processSdJwt } from "./sdJwt";
import { readStatusReference, type StatusReference } from "./statusList";
import { type Trust, trustedIssuer } from "./trust";
import { checkAgainstType, type TypeMetadata } from "./typeMetadata";

export interface VerifiedClaim {
  readonly vct: string;
  readonly signer: Signer;
  readonly issuerName: Localised;
  readonly processed: ProcessedSdJwt;
  /** What the claim says about the citizen: everything but the registered claims. */
  readonly facts: JsonObject;
  readonly key: HolderKey;
  readonly issuedAt: number | undefined;
  readonly expiresAt: number | undefined;
  readonly status: StatusReference | undefined;
}

export interface ClaimRules {
  readonly trust: Trust;
  readonly now: number;
  readonly expectedType: string;
  /** The department that made the offer. */
  readonly expectedIssuer: string;
  /** The keys that were proven in the request; each may come back once. */
  readonly keys: readonly HolderKey[];
  /** Finds the type's metadata, given the integrity that the claim itself signs. */
  readonly typeMetadata: (vct: string, integrity: string | undefined) => Promise<TypeMetadata>;
}

const LEEWAY = 60;

export async function verifyClaim(compact: string, rules: ClaimRules): Promise<VerifiedClaim> {
  const sdJwt = parseSdJwt(compact);
  const jws = parseJws(sdJwt.jwt, ["dc+sd-jwt"]); // 1
  const { signer, name } = await trustedIssuer(rules.trust, jws.x5c, {
    vct: rules.expectedType,
    now: rules.now,
  }); // 2
  if (signer.organisationId !== rules.expectedIssuer)
    throw new Refusal("issuer_other", "the claim is by another department than the one that offered it"); // 2
  const payload = await verifyJws(jws, signer.publicKey); // 3
  checkIssuerName(payload, signer); // 3
  const processed = await processSdJwt(payload, sdJwt.disclosures); // 4
  checkRegistered(processed); // 4
  if (memberString(payload, "vct") !== rules.expectedType)
    throw new Refusal("claim_type_mismatch", "the claim is of another type than was offered");
  checkOtherTypes(payload);
  const key = findKey(payload, rules.keys); // 5
  checkTimes(payload, rules.now); // 6
  const status = readStatusReference(payload); // 6
  // HAIP 1.0 §6.1
  if (status === undefined && payload.exp === undefined)
    throw new Refusal("claim_malformed", "the claim can neither end nor be withdrawn");
  const integrity = optionalString(payload, "vct#integrity");
  checkAgainstType(processed, await rules.typeMetadata(rules.expectedType, integrity)); // 7
  return {
    vct: rules.expectedType,
    signer,
    issuerName: name,
    processed,
    facts: withoutRegistered(processed.claims),
    key,
    issuedAt: optionalNumber(payload, "iat"),
    expiresAt: optionalNumber(payload, "exp"),
    status,
  };
}

// 3. SD-JWT VC draft 13 §10.2 leaves it to us that iss and key belong together. What an outsider says is its own word.
function checkIssuerName(payload: JsonObject, signer: Signer): void {
  const iss = optionalString(payload, "iss");
  if (iss === undefined || signer.organisationId.startsWith("x509:") || signer.uris.includes(iss)) return;
  if (
    !URL.canParse(iss) ||
    new URL(iss).protocol !== "https:" ||
    !signer.hosts.includes(new URL(iss).hostname)
  )
    throw new Refusal("issuer_other", "iss is not a name of the certificate");
}

// 4. §3.2.2.2
function checkRegistered(processed: ProcessedSdJwt): void {
  const concealed = processed.disclosures.some((one) => ALWAYS_OPEN.includes(String(one.path[0])));
  if (concealed) throw new Refusal("claim_malformed", "a registered claim is selectively disclosed");
}

// draft 18 §2.2.2.2
function checkOtherTypes(payload: JsonObject): void {
  if (payload.aka_vcts !== undefined && memberStrings(payload, "aka_vcts").includes(String(payload.vct)))
    throw new Refusal("claim_malformed", "the claim names its own type among its other types");
}

// 5. RFC 7800 §3.2: cnf.jwk; copies may come back in any order
function findKey(payload: JsonObject, keys: readonly HolderKey[]): HolderKey {
  const cnf = memberObject(payload, "cnf");
  // A second way to confirm would leave open which of the two counts.
  if (Object.keys(cnf).length !== 1) throw new Refusal("claim_malformed", "cnf does not hold one jwk");
  const jwk = memberObject(cnf, "jwk");
  const key = keys.find((one) => one.publicJwk.x === jwk.x && one.publicJwk.y === jwk.y);
  if (key === undefined || jwk.d !== undefined || jwk.kty !== "EC" || jwk.crv !== "P-256")
    throw new Refusal("claim_not_mine", "the claim is bound to a key that is not this wallet's");
  return key;
}

// 6. RFC 7519 §4.1.4 to §4.1.6
function checkTimes(payload: JsonObject, now: number): void {
  const expires = optionalNumber(payload, "exp");
  const starts = [optionalNumber(payload, "nbf"), optionalNumber(payload, "iat")];
  if (expires !== undefined && now >= expires) throw new Refusal("claim_expired", "the claim has expired");
  if (starts.some((time) => time !== undefined && time > now + LEEWAY))
    throw new Refusal("claim_expired", "the claim is from the future");
}
