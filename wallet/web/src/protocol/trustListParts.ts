/**
 * The parts of the trust list: a few entries of one kind, named by their SHA-256 in the signed head or in an index.
 *
 * Which part somebody is in follows from the hash of their identifier, so the wallet asks for a part and never for a
 * member: whoever serves the parts does not learn which service its owner is about to meet.
 */

import { sha256 } from "../keys";
import { isWebAddress } from "./address";
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
  parseJsonObject,
  utf8Decode,
  utf8Encode,
} from "./encoding";
import { Refusal } from "./errors";
import type { Localised } from "./localised";

export interface Member {
  readonly id: string;
  readonly name: Localised;
  /** A suspended member stays listed, so that the wallet can say why it refuses. */
  readonly active: boolean;
  /** A department's is its Credential Issuer Identifier. */
  readonly url: string;
}

/** Where a type's metadata is, the digest that it must have (SRI), and which departments may issue it. */
export interface ClaimTypeEntry {
  readonly vct: string;
  readonly url: string;
  readonly integrity: string;
  readonly departments: ReadonlySet<string>;
}

/** The buckets of one kind of entry, and the digests (base64url) of their parts or, of more than 16, of indexes. */
export interface Table {
  readonly buckets: number;
  readonly digests: readonly string[];
}

/** Brings the part with this SHA-256 (base64url), not yet checked. */
export type LoadPart = (digest: string) => Promise<Bytes>;

const FAN_OUT = 16;
const MAX_BUCKETS = FAN_OUT * 1024;
const DIGEST_BYTES = 32;
const MAX_ENTRIES = 512;
const MAX_DIGESTS_TEXT = 65_536;

export function readTable(head: JsonObject, name: string): Table {
  const table = memberObject(head, name);
  memberInteger(table, "entries");
  const buckets = memberInteger(table, "buckets", 1);
  if (buckets > MAX_BUCKETS || !Number.isInteger(Math.log2(buckets)))
    throw invalid("a table has a power of two of buckets");
  const digests = splitDigests(memberString(table, "parts"));
  if (digests.length !== Math.min(buckets, FAN_OUT)) throw invalid("a table has another number of parts");
  return { buckets, digests };
}

function splitDigests(text: string): string[] {
  const joined = base64urlDecode(text);
  if (joined.length % DIGEST_BYTES !== 0) throw invalid("a digest is cut short");
  return Array.from({ length: joined.length / DIGEST_BYTES }, (_, at) =>
    base64urlEncode(joined.slice(at * DIGEST_BYTES, (at + 1) * DIGEST_BYTES)),
  );
}

/** As many of the first bits of the key's SHA-256 as number the buckets. */
export async function bucketOf(key: string, buckets: number): Promise<number> {
  const digest = await sha256(utf8Encode(key));
  const first = new DataView(digest.buffer).getUint32(0);
  return Math.floor((first * buckets) / 2 ** 32);
}

/** The members in the part in which `key` has to be; raises trust_list_invalid for a part that is wrong. */
export async function membersNear(
  table: Table,
  key: string,
  kind: "services" | "departments",
  load: LoadPart,
): Promise<Member[]> {
  return await checked(async () => {
    const part = await readPart(await partOf(table, key, load), load);
    return eachOnce(entries(part, kind).map(readMember), (one) => one.id);
  });
}

/** The claim types in the part in which `vct` has to be; raises trust_list_invalid for a part that is wrong. */
export async function typesNear(table: Table, vct: string, load: LoadPart): Promise<ClaimTypeEntry[]> {
  return await checked(async () => {
    const part = await readPart(await partOf(table, vct, load), load);
    return eachOnce(entries(part, "claim_types").map(readType), (one) => one.vct);
  });
}

async function partOf(table: Table, key: string, load: LoadPart): Promise<string> {
  const bucket = await bucketOf(key, table.buckets);
  const share = table.buckets / table.digests.length;
  const digest = at(table.digests, Math.floor(bucket / share));
  if (share === 1) return digest;
  const index = splitDigests(memberString(await readPart(digest, load), "parts", MAX_DIGESTS_TEXT));
  if (index.length !== share) throw invalid("an index has another number of parts");
  return at(index, bucket % share);
}

function at(digests: readonly string[], place: number): string {
  const digest = digests[place];
  if (digest === undefined) throw invalid("a part is not named");
  return digest;
}

async function readPart(digest: string, load: LoadPart): Promise<JsonObject> {
  const data = await load(digest);
  if (base64urlEncode(await sha256(data)) !== digest) throw invalid("a part was changed");
  return parseJsonObject(utf8Decode(data));
}

// What is wrong with a part is the list's fault; that it can't be had is not.
async function checked<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof Refusal && cause.code === "message_malformed")
      throw new Refusal("trust_list_invalid", "a part of the trust list can't be read", { cause });
    throw cause;
  }
}

function entries(part: JsonObject, kind: string): JsonObject[] {
  const found = memberObjects(part, kind);
  if (found.length > MAX_ENTRIES) throw invalid("a part is too long");
  return found;
}

// Which of two entries would hold?
function eachOnce<T>(found: T[], key: (one: T) => string): T[] {
  if (new Set(found.map(key)).size !== found.length) throw invalid("a part has an entry twice");
  return found;
}

function readMember(entry: JsonObject): Member {
  const { suspended = false } = entry;
  if (typeof suspended !== "boolean") throw invalid("a member is neither suspended nor not");
  return {
    id: memberString(entry, "id", 256),
    name: { en: memberString(entry, "en"), cy: memberString(entry, "cy") },
    active: !suspended,
    url: readAddress(entry, "url"),
  };
}

function readType(entry: JsonObject): ClaimTypeEntry {
  const none = Array.isArray(entry.departments) && entry.departments.length === 0;
  return {
    vct: memberString(entry, "vct"),
    url: readAddress(entry, "url"),
    integrity: memberString(entry, "integrity", 512),
    departments: new Set(none ? [] : memberStrings(entry, "departments", MAX_ENTRIES)),
  };
}

export function readAddress(holder: JsonObject, name: string): string {
  const text = memberString(holder, name);
  if (!isWebAddress(text) || text.includes("#")) throw invalid(`${name} is no address`);
  return text;
}

function invalid(rule: string): Refusal {
  return new Refusal("trust_list_invalid", rule);
}
