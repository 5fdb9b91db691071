/**
 * The authority's trust list (ETSI TS 119 602 v1.1.1, JSON, compact JWS): who is in the network and may do what.
 *
 * Established before it counts:
 *  1. it is signed by a certificate of this network made for signing trust lists;
 *  2. the signer is the operator that the list names (clause 6.8);
 *  3. it is not from the future and its next update is not overdue (clause 6.3.15);
 *  4. its number is not below one that this wallet has seen (clause 6.3.3).
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
} from "./encoding";
import { Refusal } from "./errors";
import { parseJws, verifyJws } from "./jws";
import { type Localised, parseLocalised } from "./localised";
import { PROFILE } from "./profile";

export interface Member {
  readonly name: Localised;
  /** A suspended member stays listed, so that the wallet can say why it refuses. */
  readonly active: boolean;
  readonly url: string;
}

/** `url` is its Credential Issuer Identifier. */
export interface Department extends Member {
  readonly claimTypes: ReadonlySet<string>;
}

/** Where a type's metadata is, and the digest that it must have (SRI). */
export interface ClaimTypeEntry {
  readonly url: string;
  readonly integrity: string;
}

export interface TrustList {
  readonly sequence: number;
  /** Unix seconds. */
  readonly nextUpdate: number;
  readonly departments: ReadonlyMap<string, Department>;
  readonly services: ReadonlyMap<string, Member>;
  readonly claimTypes: ReadonlyMap<string, ClaimTypeEntry>;
}

export interface TrustListRules {
  readonly anchors: readonly Certificate[];
  readonly now: number;
  /** The highest number seen so far. */
  readonly lowestSequence: number;
}

const LIST_TYPE = "urn:pdx:trust-list:members";
const DEPARTMENT = "urn:pdx:service-type:claims";
const SERVICE = "urn:pdx:service-type:questions";
const ACTIVE = "urn:pdx:member-status:active";
const CLAIM_TYPES = "pdx_claim_types";
const CATALOGUE = "pdx_catalogue";
const CLOCK_SKEW = 300;

/** Raises trust_list_invalid or trust_list_expired. */
export async function verifyTrustList(compact: string, rules: TrustListRules): Promise<TrustList> {
  try {
    return await verify(compact, rules);
  } catch (cause) {
    if (cause instanceof Refusal && cause.code === "trust_list_expired") throw cause;
    throw new Refusal("trust_list_invalid", "the trust list is not the authority's", { cause });
  }
}

async function verify(compact: string, rules: TrustListRules): Promise<TrustList> {
  const jws = parseJws(compact, ["lote+jwt"]);
  const chainRules = { anchors: rules.anchors, now: rules.now, expectedProfile: PROFILE.trustList };
  const signer = await verifyChain(jws.x5c, chainRules); // 1
  const lote = memberObject(await verifyJws(jws, signer.publicKey), "LoTE");
  const scheme = memberObject(lote, "ListAndSchemeInformation");
  checkScheme(scheme, signer.organisationName, rules);
  const entities = lote.TrustedEntitiesList === undefined ? [] : memberObjects(lote, "TrustedEntitiesList");
  return {
    sequence: memberNumber(scheme, "LoTESequenceNumber"),
    nextUpdate: readTime(scheme, "NextUpdate"),
    departments: new Map(entities.filter((one) => typeOf(one) === DEPARTMENT).map(readDepartment)),
    services: new Map(entities.filter((one) => typeOf(one) === SERVICE).map(readMember)),
    claimTypes: readCatalogue(scheme),
  };
}

function checkScheme(scheme: JsonObject, signerName: string, rules: TrustListRules): void {
  if (scheme.LoTEVersionIdentifier !== 1 || scheme.LoTEType !== LIST_TYPE)
    throw invalid("it is another list");
  const operators = memberObjects(scheme, "SchemeOperatorName").map((name) => name.value); // 2
  if (!operators.includes(signerName)) throw invalid("its operator did not sign it");
  if (readTime(scheme, "ListIssueDateTime") > rules.now + CLOCK_SKEW) throw invalid("it is from the future"); // 3
  if (rules.now >= readTime(scheme, "NextUpdate"))
    throw new Refusal("trust_list_expired", "the trust list is out of date");
  // 4. an older list would bring back members that were taken out
  if (memberNumber(scheme, "LoTESequenceNumber") < rules.lowestSequence)
    throw invalid("it is older than the known one");
}

function invalid(rule: string): Refusal {
  return new Refusal("trust_list_invalid", rule);
}

// Clause 6.1.3: UTC, whole seconds
function readTime(scheme: JsonObject, name: string): number {
  const text = memberString(scheme, name);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) throw invalid(`${name} is not a time in UTC`);
  return Date.parse(text) / 1000;
}

function serviceOf(entity: JsonObject): JsonObject {
  const services = memberObjects(entity, "TrustedEntityServices");
  if (services[0] === undefined || services.length !== 1) throw invalid("a member has one service");
  return memberObject(services[0], "ServiceInformation");
}

function typeOf(entity: JsonObject): string {
  return memberString(serviceOf(entity), "ServiceTypeIdentifier");
}

function readMember(entity: JsonObject): [string, Member] {
  const information = memberObject(entity, "TrustedEntityInformation");
  const [id] = memberObjects(information, "TETradeName");
  const [pointer] = memberObjects(information, "TEInformationURI");
  if (id === undefined || pointer === undefined) throw invalid("a member has no identifier or address");
  const name = parseLocalised(information.TEName, "TEName");
  // A status that is not known is no permission.
  const active = serviceOf(entity).ServiceStatus === ACTIVE;
  return [memberString(id, "value"), { name, active, url: memberString(pointer, "uriValue") }];
}

function readDepartment(entity: JsonObject): [string, Department] {
  const [id, member] = readMember(entity);
  const found = extensions(serviceOf(entity), "ServiceInformationExtensions").flatMap((one) =>
    one[CLAIM_TYPES] === undefined ? [] : memberArray(one, CLAIM_TYPES),
  );
  return [id, { ...member, claimTypes: new Set(found.filter((one) => typeof one === "string")) }];
}

function readCatalogue(scheme: JsonObject): Map<string, ClaimTypeEntry> {
  const entries = extensions(scheme, "SchemeExtensions").flatMap((one) =>
    one[CATALOGUE] === undefined ? [] : Object.entries(memberObject(one, CATALOGUE)),
  );
  return new Map(entries.map(([vct, entry]) => [vct, readEntry(entry)]));
}

function readEntry(entry: unknown): ClaimTypeEntry {
  if (!isObject(entry)) throw invalid("a claim type has no entry");
  return { url: memberString(entry, "url"), integrity: memberString(entry, "integrity") };
}

// Clauses 6.3.17, 6.6.9: a critical extension that is not understood refuses the list.
function extensions(holder: JsonObject, name: string): JsonObject[] {
  const found = holder[name] === undefined ? [] : memberObjects(holder, name);
  if (found.some((one) => one.critical === true || one.Critical === true))
    throw invalid("a critical extension");
  return found;
}

/** The department that may issue `vct`; raises issuer_unknown or issuer_other. */
export function departmentFor(list: TrustList, organisationId: string, vct: string): Department {
  const department = list.departments.get(organisationId);
  if (department === undefined || !department.active)
    throw new Refusal("issuer_unknown", "the trust list does not name the department");
  if (!department.claimTypes.has(vct))
    throw new Refusal("issuer_other", "the trust list names the department for other claim types only");
  return department;
}

/** The service, if it may ask now; raises certificate_untrusted or service_suspended. */
export function serviceFor(list: TrustList, organisationId: string): Member {
  const service = list.services.get(organisationId);
  if (service === undefined)
    throw new Refusal("certificate_untrusted", "the trust list does not name the service");
  if (!service.active) throw new Refusal("service_suspended", "the authority has suspended the service");
  return service;
}
