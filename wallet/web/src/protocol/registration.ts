/**
 * Registration certificate: what a service was approved to ask (ETSI TS 119 475 v1.2.1 clause 5.2, JWT form).
 *
 * Established before it counts:
 *  1. it is a JWS of type rc-wrp+jwt by a registrar of this network (chain and profile);
 *  2. its subject is the organisation that signed the request;
 *  3. it is valid now, and for no longer than a registration may be;
 *  4. it entitles to ask, says everything that a citizen must be told, and has no status to be looked up.
 *  5. it was approved in public: a log that the trust list names has it.
 * Whether a request stays within it: overAsking.ts.
 */

import { isWebAddress } from "./address";
import type { Certificate } from "./certificate";
import { verifyChain } from "./chain";
import { readPath } from "./dcqlQuery";
import {
  type Json,
  type JsonObject,
  memberArray,
  memberInteger,
  memberObject,
  memberObjects,
  memberString,
  memberStrings,
  optionalString,
  utf8Encode,
} from "./encoding";
import { Refusal } from "./errors";
import { parseJws, type UnverifiedJws, verifyJws } from "./jws";
import { type Localised, parseLocalised } from "./localised";
import { type LogKey, verifyLogged } from "./log";
import { PROFILE } from "./profile";
import { isAtOrAbove, type Path, type QueryPath } from "./sdJwt";

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
  /** Of the registrar: where its public register is (publicRegister.ts). */
  readonly registryUri: string;
  readonly service: Localised;
  readonly purpose: Localised;
  readonly law: Localised;
  readonly retention: Localised;
  readonly retentionDays: number;
  readonly privacyPolicy: string;
  /** mailto:, tel: or https: */
  readonly support: string | undefined;
  /** Another way to reach the service, as it wrote it. */
  readonly supportPhone: string | undefined;
  readonly complaints: Contact;
  /** How a citizen can object; a registration from before there was any has none. */
  readonly objection: Localised | undefined;
  readonly needs: readonly Need[];
  readonly approved: readonly ApprovedClaim[];
  /** Which of `approved`, by position, may be asked for together. */
  readonly alternatives: readonly (readonly number[])[];
}

/** Why an attribute is needed, of whichever claim carries it. */
export interface Need {
  readonly path: QueryPath;
  readonly reason: Localised;
}

export interface Contact {
  readonly email?: string;
  readonly phone?: string;
  readonly uri?: string;
}

export interface RegistrationRules {
  readonly anchors: readonly Certificate[];
  /** Of the trust list; a network that names no log has nothing to be looked for. */
  readonly logKeys: readonly LogKey[];
  readonly now: number;
  /** The organisation that signed the request. */
  readonly expectedSubject: string;
}

const SERVICE_PROVIDER = "https://uri.etsi.org/19475/Entitlement/Service_Provider"; // clause A.2
/** Clause 5.2.4 GEN-5.2.4-08: twelve months. */
const MAX_LIFETIME = 366 * 86_400;
const MAX_RETENTION_DAYS = 36_600;
const LEEWAY = 60;

/** Our own header parameter (RFC 7515 §4.3): the proof can't be in the payload that it is about. */
const LOG_PROOF = "pdx_log_proof";
/** What stands before a registration in the log. */
const LOGGED_AS = "registration\n";

/** Raises registration_untrusted, registration_expired, registration_other or registration_unlogged. */
export async function verifyRegistration(
  jwt: string,
  rules: RegistrationRules,
): Promise<RegistrationCertificate> {
  const jws = await verifyRegistrar(jwt, rules); // 1
  const payload = jws.unverifiedPayload;
  const registration = readOrRefuse(payload); // 4
  // 2. a certificate of another service must not lend its approval
  if (registration.organisationId !== rules.expectedSubject)
    throw new Refusal("registration_other", "the registration certificate belongs to another organisation");
  checkTimes(payload, rules.now); // 3
  if (rules.logKeys.length > 0) await checkLogged(jws, rules.logKeys); // 5
  return registration;
}

async function checkLogged(jws: UnverifiedJws, logKeys: readonly LogKey[]): Promise<void> {
  const proof = jws.header[LOG_PROOF];
  try {
    if (typeof proof !== "string") throw malformed("there is no proof of the log");
    const entry = new Uint8Array([...utf8Encode(LOGGED_AS), ...jws.payloadBytes]);
    await verifyLogged(entry, proof, logKeys);
  } catch (cause) {
    throw new Refusal("registration_unlogged", "the registration was not approved in public", { cause });
  }
}

/** The certificate, once a registrar of the network is known to have signed it. */
async function verifyRegistrar(jwt: string, rules: RegistrationRules): Promise<UnverifiedJws> {
  try {
    const jws = parseJws(jwt, ["rc-wrp+jwt"]);
    const chainRules = { anchors: rules.anchors, now: rules.now, expectedProfile: PROFILE.registrar };
    const registrar = await verifyChain(jws.x5c, chainRules);
    await verifyJws(jws, registrar.publicKey);
    return jws;
  } catch (cause) {
    throw new Refusal("registration_untrusted", "the registration certificate is by no registrar of ours", {
      cause,
    });
  }
}

function readOrRefuse(payload: JsonObject): RegistrationCertificate {
  try {
    memberInteger(payload, "iat");
    memberInteger(payload, "exp");
    checkEntitled(payload);
    // Table 7: a status that nobody looks up must not count as a good one; our registrar gives none.
    if ("status" in payload) throw malformed("the registration's status can't be told");
    return readRegistration(payload);
  } catch (cause) {
    throw new Refusal("registration_untrusted", "the registration certificate is not complete", { cause });
  }
}

function checkEntitled(payload: JsonObject): void {
  // GEN-5.2.4-03
  if (!memberStrings(payload, "entitlements").includes(SERVICE_PROVIDER))
    throw malformed("the registration does not entitle to ask");
}

function checkTimes(payload: JsonObject, now: number): void {
  const issued = memberInteger(payload, "iat");
  const expires = memberInteger(payload, "exp");
  if (issued > now + LEEWAY || now >= expires || expires - issued > MAX_LIFETIME)
    throw new Refusal("registration_expired", "the registration certificate is not valid at this time");
}

/** Reads a payload whose signature was checked. */
export function readRegistration(payload: JsonObject): RegistrationCertificate {
  const retention = memberObject(payload, "pdx_retention");
  const credentials = memberObjects(payload, "credentials");
  if (credentials.length === 0) throw malformed("the registration allows nothing");
  memberString(payload, "country", 2);
  return {
    organisationId: memberString(payload, "sub", 256),
    organisationName: memberString(payload, "name"),
    question: memberString(payload, "intended_use_id", 256),
    registryUri: readAddress(payload, "registry_uri"),
    // ETSI lists several descriptions, each in several languages; ours is the first.
    service: parseLocalised(memberArray(payload, "srv_description")[0], "srv_description"),
    purpose: parseLocalised(payload.purpose, "purpose"),
    law: parseLocalised(payload.pdx_law, "pdx_law"),
    retention: parseLocalised(retention.text, "pdx_retention"),
    retentionDays: readDays(retention),
    privacyPolicy: readAddress(payload, "privacy_policy"),
    support: optionalString(payload, "support_uri"),
    supportPhone: optionalString(payload, "pdx_support_phone"),
    complaints: readContact(memberObject(payload, "supervisory_authority")),
    objection:
      payload.pdx_objection === undefined
        ? undefined
        : parseLocalised(payload.pdx_objection, "pdx_objection"),
    needs: payload.pdx_needs === undefined ? [] : memberObjects(payload, "pdx_needs").map(readNeed),
    approved: credentials.map(readApproved),
    alternatives: readAlternatives(payload, credentials.length),
  };
}

/** Why this very attribute is needed, or what it is part of; undefined where nobody said. */
export function reasonFor(path: Path, needs: readonly Need[]): Localised | undefined {
  const fitting = needs.filter((need) => isAtOrAbove(need.path, path));
  return fitting.sort((left, right) => right.path.length - left.path.length)[0]?.reason;
}

function malformed(rule: string): Refusal {
  return new Refusal("message_malformed", rule);
}

function readDays(retention: JsonObject): number {
  const days = memberInteger(retention, "days");
  if (days > MAX_RETENTION_DAYS) throw malformed("the answer is kept too long");
  return days;
}

function readAddress(payload: JsonObject, name: string): string {
  const text = memberString(payload, name);
  if (!isWebAddress(text)) throw malformed(`${name} is no address of the web`);
  return text;
}

function readContact(authority: JsonObject): Contact {
  const entries = ["email", "phone", "uri"].map((name) => [name, optionalString(authority, name)] as const);
  const given = entries.filter(([, text]) => text !== undefined);
  if (given.length === 0) throw malformed("nobody hears complaints");
  return Object.fromEntries(given);
}

function readNeed(entry: JsonObject): Need {
  return { path: readPath(entry.path), reason: parseLocalised(entry.reason, "a reason") };
}

function readApproved(entry: JsonObject): ApprovedClaim {
  const claims = entry.claim === undefined ? [] : memberObjects(entry, "claim");
  return {
    format: memberString(entry, "format"),
    types: memberStrings(memberObject(entry, "meta"), "vct_values"),
    paths: claims.map((claim) => readPath(claim.path)),
  };
}

// A registrar that knows no alternatives allows everything together.
function readAlternatives(payload: JsonObject, count: number): number[][] {
  const everything = Array.from({ length: count }, (_, at) => at);
  if (payload.pdx_alternatives === undefined) return [everything];
  const alternatives = memberArray(payload, "pdx_alternatives");
  if (alternatives.length === 0) throw malformed("there is no alternative");
  return alternatives.map((positions) => readPositions(positions, count));
}

function readPositions(positions: Json, count: number): number[] {
  const isPosition = (at: Json): at is number =>
    Number.isInteger(at) && Number(at) >= 0 && Number(at) < count;
  if (!Array.isArray(positions) || positions.length === 0 || !positions.every(isPosition))
    throw malformed("an alternative is no list of positions");
  return positions;
}
