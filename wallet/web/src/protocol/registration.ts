/**
 * Registration certificate: what a service was approved to ask (ETSI TS 119 475 v1.2.1 clause 5.2, JWT form).
 *
 * Established before it counts:
 *  1. it is a JWS of type rc-wrp+jwt by a registrar of this network (chain and profile);
 *  2. its subject is the organisation that signed the request;
 *  3. it is valid now. Whether a request stays within it: overAsking.ts.
 */

import type { Certificate } from "./certificate";
import { verifyChain } from "./chain";
import {
  isObject,
  type JsonObject,
  memberArray,
  memberNumber,
  memberObject,
  memberObjects,
  memberString,
  optionalNumber,
  optionalString,
} from "./encoding";
import { Refusal } from "./errors";
import { parseJws, verifyJws } from "./jws";
import { type Localised, parseLocalised } from "./localised";
import { PROFILE } from "./profile";
import type { QueryPath } from "./sdJwt";

/** One claim type that may be asked for, with the places in it. */
export interface ApprovedClaim {
  readonly format: string;
  readonly types: readonly string[];
  readonly paths: readonly QueryPath[];
}

export interface RegistrationCertificate {
  readonly organisationId: string;
  readonly organisationName: string;
  /** The question's id and version. */
  readonly question: string;
  readonly service: Localised | undefined;
  readonly purpose: Localised;
  readonly law: Localised;
  readonly retention: Localised;
  readonly retentionDays: number;
  readonly privacyPolicy: string | undefined;
  /** mailto:, tel: or https: */
  readonly support: string | undefined;
  readonly complaints: Contact;
  readonly approved: readonly ApprovedClaim[];
  /** Which of `approved`, by position, may be asked for together. */
  readonly alternatives: readonly (readonly number[])[];
}

export interface Contact {
  readonly email?: string;
  readonly phone?: string;
  readonly uri?: string;
}

export interface RegistrationRules {
  readonly anchors: readonly Certificate[];
  readonly now: number;
  /** The organisation that signed the request. */
  readonly expectedSubject: string;
}

/** Raises registration_untrusted, registration_expired or registration_other. */
export async function verifyRegistration(
  jwt: string,
  rules: RegistrationRules,
): Promise<RegistrationCertificate> {
  const payload = await verifyRegistrar(jwt, rules); // 1
  // 2. a certificate of another service must not lend its approval
  if (memberString(payload, "sub") !== rules.expectedSubject)
    throw new Refusal("registration_other", "the registration certificate belongs to another organisation");
  checkTimes(payload, rules.now); // 3
  return readRegistration(payload);
}

async function verifyRegistrar(jwt: string, rules: RegistrationRules): Promise<JsonObject> {
  try {
    const jws = parseJws(jwt, ["rc-wrp+jwt"]);
    const chainRules = { anchors: rules.anchors, now: rules.now, expectedProfile: PROFILE.registrar };
    const registrar = await verifyChain(jws.x5c, chainRules);
    return await verifyJws(jws, registrar.publicKey);
  } catch (cause) {
    throw new Refusal("registration_untrusted", "the registration certificate is by no registrar of ours", {
      cause,
    });
  }
}

function checkTimes(payload: JsonObject, now: number): void {
  const expires = optionalNumber(payload, "exp");
  if (memberNumber(payload, "iat") > now + 60 || (expires !== undefined && now >= expires))
    throw new Refusal("registration_expired", "the registration certificate is not valid at this time");
}

/** Reads a payload whose signature was checked. */
export function readRegistration(payload: JsonObject): RegistrationCertificate {
  const retention = memberObject(payload, "pdx_retention");
  const descriptions = payload.srv_description;
  const approved = memberObjects(payload, "credentials").map(readApproved);
  return {
    organisationId: memberString(payload, "sub"),
    organisationName: memberString(payload, "name"),
    question: memberString(payload, "intended_use_id"),
    // ETSI lists several descriptions, each in several languages; ours is the first.
    service: Array.isArray(descriptions) ? parseLocalised(descriptions[0], "srv_description") : undefined,
    purpose: parseLocalised(payload.purpose, "purpose"),
    law: parseLocalised(payload.pdx_law, "pdx_law"),
    retention: parseLocalised(retention.text, "pdx_retention"),
    retentionDays: memberNumber(retention, "days"),
    privacyPolicy: optionalString(payload, "privacy_policy"),
    support: optionalString(payload, "support_uri"),
    complaints: readContact(payload.supervisory_authority),
    approved,
    alternatives: readAlternatives(payload, approved.length),
  };
}

function readContact(value: unknown): Contact {
  if (!isObject(value)) return {};
  const entries = ["email", "phone", "uri"].map((name) => [name, optionalString(value, name)] as const);
  return Object.fromEntries(entries.filter(([, text]) => text !== undefined));
}

function readApproved(entry: JsonObject): ApprovedClaim {
  const claims = entry.claim === undefined ? [] : memberObjects(entry, "claim");
  return {
    format: memberString(entry, "format"),
    types: memberArray(memberObject(entry, "meta"), "vct_values").filter((type) => typeof type === "string"),
    paths: claims.map((claim) => memberArray(claim, "path") as QueryPath),
  };
}

// A registrar that knows no alternatives allows everything together.
function readAlternatives(payload: JsonObject, count: number): number[][] {
  const everything = Array.from({ length: count }, (_, at) => at);
  if (payload.pdx_alternatives === undefined) return [everything];
  return memberArray(payload, "pdx_alternatives").map((positions) => {
    if (!Array.isArray(positions)) throw new Refusal("message_malformed", "an alternative is no list");
    return positions.filter((at) => typeof at === "number");
  });
}
