/**
 * The head of the authority's trust list (after ETSI TS 119 602 v1.1.1, compact JWS): what is true of the whole list, and
 * the digests of its parts.
 *
 * Established before it counts:
 *  1. it is signed by a certificate of this network made for signing trust lists;
 *  2. the signer is the operator that it names (clause 6.8);
 *  3. it is not from the future and its next update is not overdue (clause 6.3.15): for one that was kept from before, by
 *     more than the grace that it states;
 *  4. its number is not below one that this wallet has seen, and the same number has the same content (clause 6.3.3).
 */

import { sha256 } from "../keys";
import type { Certificate } from "./certificate";
import { verifyChain } from "./chain";
import {
  type Bytes,
  base64urlDecode,
  base64urlEncode,
  type JsonObject,
  memberInteger,
  memberObject,
  memberObjects,
  memberString,
  memberStrings,
  optionalInteger,
} from "./encoding";
import { Refusal } from "./errors";
import { parseJws, verifyJws } from "./jws";
import { type LogKey, parseLogKey } from "./log";
import { PROFILE } from "./profile";
import { readAddress, readTable, type Table } from "./trustListParts";

export interface TrustListHead {
  readonly sequence: number;
  /** SHA-256 of what was signed, base64url: the same head signed again is the same head. */
  readonly digest: string;
  /** Unix seconds. */
  readonly nextUpdate: number;
  /** Seconds past that for which it still serves whoever kept it and can't have a newer one. */
  readonly grace: number;
  readonly services: Table;
  readonly departments: Table;
  readonly claimTypes: Table;
  /** Whose word counts that something is in the network's log. */
  readonly logKeys: readonly LogKey[];
  /** SHA-256 over SubjectPublicKeyInfo, base64url: no certificate for such a key counts any more. */
  readonly revokedKeys: ReadonlySet<string>;
}

export interface HeadRules {
  readonly anchors: readonly Certificate[];
  readonly now: number;
  /** The newest head seen so far, of whatever age. */
  readonly previous: Pick<TrustListHead, "sequence" | "digest"> | undefined;
  /** Kept from before because no newer one can be had: its grace counts. */
  readonly kept?: boolean;
}

const TYPE = "pdx-trust-list-head+jwt";
const VERSION = 1;
const MAX_REVOKED = 4096;
const MAX_LOGS = 64;
const DIGEST_BYTES = 32;
const CLOCK_SKEW = 300;

/** Raises trust_list_invalid or trust_list_expired. */
export async function verifyTrustListHead(compact: string, rules: HeadRules): Promise<TrustListHead> {
  try {
    return await verify(compact, rules);
  } catch (cause) {
    if (cause instanceof Refusal && cause.code === "trust_list_expired") throw cause;
    // Most often it is the phone's clock that is wrong, and only its owner can put that right.
    if (cause instanceof Refusal && cause.code === "certificate_expired") throw notNow("its signer", cause);
    throw new Refusal("trust_list_invalid", "the trust list is not the authority's", { cause });
  }
}

async function verify(compact: string, rules: HeadRules): Promise<TrustListHead> {
  const jws = parseJws(compact, [TYPE]);
  const chainRules = { anchors: rules.anchors, now: rules.now, expectedProfile: PROFILE.trustList };
  const signer = await verifyChain(jws.x5c, chainRules); // 1
  const said = await verifyJws(jws, signer.publicKey);
  checkStanding(said, signer.organisationName, rules);
  const head = {
    sequence: memberInteger(said, "sequence_number", 1),
    digest: await digestOf(jws.signingInput),
  };
  checkSuccessor(head, rules.previous); // 4
  readDigest(memberString(said, "list_sha256")); // for whoever compares it with the whole list
  return {
    ...head,
    nextUpdate: memberInteger(said, "next_update"),
    grace: readGrace(said),
    services: readTable(said, "services"),
    departments: readTable(said, "departments"),
    claimTypes: readTable(said, "claim_types"),
    logKeys: await readLogs(said),
    revokedKeys: readRevokedKeys(said),
  };
}

function checkStanding(said: JsonObject, signerName: string, rules: HeadRules): void {
  if (said.version !== VERSION) throw invalid("it is of another version");
  const operator = memberObject(said, "operator");
  const names = [memberString(operator, "en"), memberString(operator, "cy")]; // 2
  if (!names.includes(signerName)) throw invalid("its operator did not sign it");
  const issued = memberInteger(said, "issued_at");
  const nextUpdate = memberInteger(said, "next_update");
  if (issued > rules.now + CLOCK_SKEW) throw notNow("it is from the future"); // 3
  if (nextUpdate <= issued) throw invalid("it was never good"); // 3
  if (rules.now >= nextUpdate + (rules.kept === true ? readGrace(said) : 0))
    throw notNow("it is out of date"); // 3
}

function readGrace(said: JsonObject): number {
  return optionalInteger(said, "grace_seconds") ?? 0;
}

async function digestOf(signingInput: Bytes): Promise<string> {
  const payload = signingInput.slice(signingInput.indexOf(".".charCodeAt(0)) + 1);
  return base64urlEncode(await sha256(payload));
}

// 4. an older list would bring back members that were taken out
function checkSuccessor(
  head: Pick<TrustListHead, "sequence" | "digest">,
  previous: HeadRules["previous"],
): void {
  if (previous === undefined) return;
  if (head.sequence < previous.sequence) throw invalid("it is older than the known one");
  if (head.sequence === previous.sequence && head.digest !== previous.digest)
    throw invalid("it is another one than the known one of the same number");
}

async function readLogs(said: JsonObject): Promise<LogKey[]> {
  const logs = memberObjects(said, "logs");
  if (logs.length > MAX_LOGS) throw invalid("it names too many logs");
  for (const log of logs) readAddress(log, "url");
  return await Promise.all(logs.map((log) => parseLogKey(memberString(log, "key"))));
}

// A head that says nothing of revoked keys does not say that there are none.
function readRevokedKeys(said: JsonObject): Set<string> {
  const none = Array.isArray(said.revoked_keys) && said.revoked_keys.length === 0;
  return new Set(none ? [] : memberStrings(said, "revoked_keys", MAX_REVOKED).map(readDigest));
}

function readDigest(text: string): string {
  if (base64urlDecode(text).length !== DIGEST_BYTES) throw invalid("a digest is none of SHA-256");
  return text;
}

function notNow(rule: string, cause?: Refusal): Refusal {
  return new Refusal("trust_list_expired", `the trust list does not count at this time: ${rule}`, { cause });
}

function invalid(rule: string): Refusal {
  return new Refusal("trust_list_invalid", rule);
}
