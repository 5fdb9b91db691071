/**
 * The authority's trust list (ETSI TS 119 602 v1.1.1, JSON, compact JWS): who is in the network and may do what.
 *
 * Established before it counts:
 *  1. it is signed by a certificate of this network made for signing trust lists;
 *  2. the signer is the operator that the list names (clause 6.8);
 *  3. it is not from the future and its next update is not overdue (clause 6.3.15);
 *  4. its number is not below one that this wallet has seen, and the same number has the same content (clause 6.3.3).
 */

import { sha256 } from "../keys";
import { isWebAddress } from "./address";
import type { Certificate } from "./certificate";
import { verifyChain } from "./chain";
import {
  type Bytes,
  base64urlDecode,
  base64urlEncode,
  isObject,
  type JsonObject,
  memberInteger,
  memberObject,
  memberObjects,
  memberString,
  memberStrings,
} from "./encoding";
import { Refusal } from "./errors";
import { parseJws, verifyJws } from "./jws";
import { type Localised, parseWithEnglish } from "./localised";
import { type LogKey, parseLogKey } from "./log";
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
  /** SHA-256 of what was signed, base64url: the same list signed again is the same list. */
  readonly digest: string;
  /** Unix seconds. */
  readonly nextUpdate: number;
  readonly departments: ReadonlyMap<string, Department>;
  readonly services: ReadonlyMap<string, Member>;
  readonly claimTypes: ReadonlyMap<string, ClaimTypeEntry>;
  /** Whose word counts that something is in the network's log. */
  readonly logKeys: readonly LogKey[];
  /** SHA-256 over SubjectPublicKeyInfo, base64url: no certificate for such a key counts any more. */
  readonly revokedKeys: ReadonlySet<string>;
}

export interface TrustListRules {
  readonly anchors: readonly Certificate[];
  readonly now: number;
  /** The newest list seen so far, of whatever age. */
  readonly previous: Pick<TrustList, "sequence" | "digest"> | undefined;
}

const LIST_TYPE = "urn:pdx:trust-list:members";
const DEPARTMENT = "urn:pdx:service-type:claims";
const SERVICE = "urn:pdx:service-type:questions";
const ACTIVE = "urn:pdx:member-status:active";
const CLAIM_TYPES = "pdx_claim_types";
const CATALOGUE = "pdx_catalogue";
const LOGS = "pdx_logs";
const REVOKED_KEYS = "pdx_revoked_keys";
const MAX_REVOKED = 4096;
const CLOCK_SKEW = 300;
const MAX_ENTITIES = 4096;
const MAX_CLAIM_TYPES = 8192;

/** Raises trust_list_invalid or trust_list_expired. */
export async function verifyTrustList(compact: string, rules: TrustListRules): Promise<TrustList> {
  try {
    return await verify(compact, rules);
  } catch (cause) {
    if (cause instanceof Refusal && cause.code === "trust_list_expired") throw cause;
    // Most often it is the phone's clock that is wrong, and only its owner can put that right.
    if (cause instanceof Refusal && cause.code === "certificate_expired") throw notNow("its signer", cause);
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
  const sequence = memberInteger(scheme, "LoTESequenceNumber", 1);
  const digest = await digestOf(jws.signingInput);
  checkSuccessor({ sequence, digest }, rules.previous); // 4
  const entities = lote.TrustedEntitiesList === undefined ? [] : listed(lote, "TrustedEntitiesList");
  return {
    sequence,
    digest,
    nextUpdate: readTime(scheme, "NextUpdate"),
    departments: byId(entities.filter((one) => typeOf(one) === DEPARTMENT).map(readDepartment)),
    services: byId(entities.filter((one) => typeOf(one) === SERVICE).map(readMember)),
    claimTypes: readCatalogue(scheme),
    logKeys: await readLogs(scheme),
    revokedKeys: readRevokedKeys(scheme),
  };
}

function checkScheme(scheme: JsonObject, signerName: string, rules: TrustListRules): void {
  if (scheme.LoTEVersionIdentifier !== 1 || scheme.LoTEType !== LIST_TYPE)
    throw invalid("it is another list");
  const operators = memberObjects(scheme, "SchemeOperatorName").map((name) => name.value); // 2
  if (!operators.includes(signerName)) throw invalid("its operator did not sign it");
  const issued = readTime(scheme, "ListIssueDateTime");
  const nextUpdate = readTime(scheme, "NextUpdate");
  if (issued > rules.now + CLOCK_SKEW) throw notNow("it is from the future"); // 3
  if (nextUpdate <= issued) throw invalid("it was never good"); // 3
  if (rules.now >= nextUpdate) throw notNow("it is out of date"); // 3
}

async function digestOf(signingInput: Bytes): Promise<string> {
  const payload = signingInput.slice(signingInput.indexOf(".".charCodeAt(0)) + 1);
  return base64urlEncode(await sha256(payload));
}

// 4. an older list would bring back members that were taken out
function checkSuccessor(
  list: Pick<TrustList, "sequence" | "digest">,
  previous: TrustListRules["previous"],
): void {
  if (previous === undefined) return;
  if (list.sequence < previous.sequence) throw invalid("it is older than the known one");
  if (list.sequence === previous.sequence && list.digest !== previous.digest)
    throw invalid("it is another one than the known one of the same number");
}

// Which of two entries would hold?
function byId<T>(members: [string, T][]): Map<string, T> {
  const found = new Map(members);
  if (found.size !== members.length) throw invalid("a member is listed twice");
  return found;
}

function notNow(rule: string, cause?: Refusal): Refusal {
  return new Refusal("trust_list_expired", `the trust list does not count at this time: ${rule}`, { cause });
}

function invalid(rule: string): Refusal {
  return new Refusal("trust_list_invalid", rule);
}

// Clause 6.1.3: UTC, whole seconds
function readTime(scheme: JsonObject, name: string): number {
  const text = memberString(scheme, name);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) throw invalid(`${name} is not a time in UTC`);
  const seconds = Date.parse(text) / 1000;
  // A day that is none is no time at all, or another day.
  if (!Number.isFinite(seconds) || new Date(seconds * 1000).toISOString().replace(".000", "") !== text)
    throw invalid(`${name} is not a time in UTC`);
  return seconds;
}

// A list that is there says something.
function listed(holder: JsonObject, name: string): JsonObject[] {
  const list = memberObjects(holder, name);
  if (list.length === 0 || list.length > MAX_ENTITIES) throw invalid(`${name} is empty or too long`);
  return list;
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
  const name = parseWithEnglish(information.TEName, "TEName"); // clause 6.1.4
  // A status that is not known is no permission.
  const active = memberString(serviceOf(entity), "ServiceStatus") === ACTIVE;
  return [memberString(id, "value"), { name, active, url: readAddress(pointer, "uriValue") }];
}

function readAddress(holder: JsonObject, name: string): string {
  const text = memberString(holder, name);
  if (!isWebAddress(text) || text.includes("#")) throw invalid(`${name} is no address`);
  return text;
}

function readDepartment(entity: JsonObject): [string, Department] {
  const [id, member] = readMember(entity);
  const found = extensions(serviceOf(entity), "ServiceInformationExtensions").flatMap((one) =>
    one[CLAIM_TYPES] === undefined ? [] : memberStrings(one, CLAIM_TYPES, MAX_CLAIM_TYPES),
  );
  return [id, { ...member, claimTypes: new Set(found) }];
}

function readCatalogue(scheme: JsonObject): Map<string, ClaimTypeEntry> {
  const entries = extensions(scheme, "SchemeExtensions").flatMap((one) =>
    one[CATALOGUE] === undefined ? [] : Object.entries(memberObject(one, CATALOGUE)),
  );
  return new Map(entries.map(([vct, entry]) => [vct, readEntry(entry)]));
}

function readRevokedKeys(scheme: JsonObject): Set<string> {
  const found = extensions(scheme, "SchemeExtensions").flatMap((one) =>
    one[REVOKED_KEYS] === undefined ? [] : memberStrings(one, REVOKED_KEYS, MAX_REVOKED),
  );
  for (const digest of found)
    if (base64urlDecode(digest).length !== 32) throw invalid("a revoked key has another digest");
  return new Set(found);
}

async function readLogs(scheme: JsonObject): Promise<LogKey[]> {
  const logs = extensions(scheme, "SchemeExtensions").flatMap((one) =>
    one[LOGS] === undefined ? [] : memberObjects(one, LOGS),
  );
  for (const log of logs) readAddress(log, "url");
  return await Promise.all(logs.map((log) => parseLogKey(memberString(log, "key"))));
}

function readEntry(entry: unknown): ClaimTypeEntry {
  if (!isObject(entry)) throw invalid("a claim type has no entry");
  return { url: readAddress(entry, "url"), integrity: memberString(entry, "integrity") };
}

// Clauses 6.3.17, 6.6.9: a critical extension that is not understood refuses the list.
function extensions(holder: JsonObject, name: string): JsonObject[] {
  const found = holder[name] === undefined ? [] : listed(holder, name);
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
