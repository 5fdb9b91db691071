/**
 * Registration certificate: what a service was approved to ask (ETSI TS 119 475 v1.2.1 clause 5.2, JWT form).
 *
 * Established before it counts:
 *  1. it is a JWS of type rc-wrp+jwt by a registrar of this network (chain and profile);
 *  2. its subject is the organisation that signed the request;
 *  3. it is valid now;
 *  4. the request asks for nothing that it does not list (checkWithinRegistration).
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

function readRegistration(payload: JsonObject): RegistrationCertificate {
  const retention = memberObject(payload, "pdx_retention");
  const descriptions = payload.srv_description;
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
    approved: memberObjects(payload, "credentials").map(readApproved),
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

/** What a query asks of one claim, in the shape that both DCQL and this check know. */
export interface AskedClaim {
  readonly format: string;
  readonly types: readonly string[] | undefined;
  /** Undefined asks for the bare claim. */
  readonly paths: readonly QueryPath[] | undefined;
}

/**
 * 4. Raises over_asking where any asked claim goes beyond what was approved.
 *
 * Each has to fit into one approved entry: two entries for one type may belong to different ways of answering, and
 * nobody approved their sum.
 */
export function checkWithinRegistration(
  asked: readonly AskedClaim[],
  approved: readonly ApprovedClaim[],
): void {
  for (const one of asked)
    if (!isWithin(one, approved))
      throw new Refusal("over_asking", "the request goes beyond what was approved");
}

function isWithin(asked: AskedClaim, approved: readonly ApprovedClaim[]): boolean {
  // No type named would mean any claim that the citizen has.
  if (asked.types === undefined || asked.types.length === 0) return false;
  return asked.types.every((type) =>
    approved.some((one) => one.format === asked.format && one.types.includes(type) && covers(one, asked)),
  );
}

function covers(approved: ApprovedClaim, asked: AskedClaim): boolean {
  return (asked.paths ?? []).every((path) => approved.paths.some((allowed) => isAtOrBelow(path, allowed)));
}

// Part of an approved place is approved; more than it is not. null (every element) covers any one element.
function isAtOrBelow(path: QueryPath, allowed: QueryPath): boolean {
  return (
    path.length >= allowed.length &&
    allowed.every((step, at) => step === path[at] || (step === null && typeof path[at] === "number"))
  );
}
