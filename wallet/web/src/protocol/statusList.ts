/** Token Status List (draft 14): whether a department has withdrawn a claim. The list is a static file for many. */

import {
  type Bytes,
  base64urlDecode,
  isObject,
  type JsonObject,
  memberNumber,
  memberObject,
  memberString,
  optionalNumber,
} from "./encoding";
import { Refusal } from "./errors";
import { parseJws, verifyJws } from "./jws";
import { type Trust, trustedStatusSigner } from "./trust";

export interface StatusReference {
  readonly uri: string;
  readonly index: number;
}

export type Status = "valid" | "revoked" | "suspended" | "unknown";

export interface VerifiedStatusList {
  readonly organisationId: string;
  readonly bits: 1 | 2 | 4 | 8;
  readonly packed: Bytes;
  /** Unix seconds after which the list must be fetched again. */
  readonly freshUntil: number;
}

export interface StatusRules {
  readonly trust: Trust;
  readonly now: number;
  readonly expectedUri: string;
}

/** 2^20 entries of 8 bits; a longer list is a decompression bomb. */
const MAX_LIST = 1 << 20;
const MAX_TEXT = 2_000_000;
const LEEWAY = 60;
const ONE_DAY = 86_400;

/** §6.1: the `status` member of a claim; undefined when there is none. */
export function readStatusReference(payload: JsonObject): StatusReference | undefined {
  const status = payload.status;
  if (status === undefined) return undefined;
  // HAIP 1.0 §6.1: another mechanism alone is refused, never overlooked.
  if (!isObject(status) || !isObject(status.status_list))
    throw new Refusal("claim_malformed", "a status has no status_list");
  const index = memberNumber(status.status_list, "idx");
  if (!Number.isSafeInteger(index) || index < 0)
    throw new Refusal("claim_malformed", "a status index is no index");
  const uri = memberString(status.status_list, "uri");
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$/.test(uri))
    throw new Refusal("claim_malformed", "a status list has no address");
  return { uri, index };
}

/** §8.3: signature, signer, address, dates; then unpacks the list within bounds. */
export async function verifyStatusList(token: string, rules: StatusRules): Promise<VerifiedStatusList> {
  const jws = parseJws(token, ["statuslist+jwt"]);
  const signer = await trustedStatusSigner(rules.trust, jws.x5c, rules.now);
  const payload = await verifyJws(jws, signer.publicKey);
  // §8.3 step 4: sub is the address that the claim gave
  if (payload.sub !== rules.expectedUri)
    throw new Refusal("status_unavailable", "the status list is another one");
  const list = memberObject(payload, "status_list");
  return {
    organisationId: signer.organisationId,
    bits: readBits(list),
    packed: await decompress(base64urlDecode(memberString(list, "lst", MAX_TEXT))),
    freshUntil: readFreshness(payload, rules.now),
  };
}

function readFreshness(payload: JsonObject, now: number): number {
  const expires = optionalNumber(payload, "exp");
  const starts = [memberNumber(payload, "iat"), optionalNumber(payload, "nbf") ?? 0];
  if (starts.some((time) => time > now + LEEWAY) || (expires !== undefined && now >= expires))
    throw new Refusal("status_unavailable", "the status list is not valid at this time");
  const ttl = optionalNumber(payload, "ttl") ?? ONE_DAY;
  if (ttl <= 0) throw new Refusal("status_unavailable", "the status list has no time to live"); // §5.1
  return Math.min(now + ttl, expires ?? Number.MAX_SAFE_INTEGER);
}

function readBits(list: JsonObject): 1 | 2 | 4 | 8 {
  const bits = list.bits;
  if (bits !== 1 && bits !== 2 && bits !== 4 && bits !== 8)
    throw new Refusal("status_unavailable", "the status list has an unknown width");
  return bits;
}

// §4.1: zlib (RFC 1950)
async function decompress(compressed: Bytes): Promise<Bytes> {
  const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const reader = stream.getReader();
  const chunks: Bytes[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await read(reader);
    if (done) return join(chunks, size);
    size += value.length;
    if (size > MAX_LIST) {
      await reader.cancel();
      throw new Refusal("status_unavailable", "the status list is too long");
    }
    chunks.push(value as Bytes);
  }
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await reader.read();
  } catch (cause) {
    throw new Refusal("status_unavailable", "the status list does not unpack", { cause });
  }
}

function join(chunks: readonly Bytes[], size: number): Bytes {
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

const MEANINGS: readonly Status[] = ["valid", "revoked", "suspended"];

/** §4.1, §7: the status at `index`, least significant bits first; an index outside the list is refused. */
export function statusAt(list: VerifiedStatusList, index: number): Status {
  const perByte = 8 / list.bits;
  const byte = list.packed[Math.floor(index / perByte)];
  if (byte === undefined) throw new Refusal("status_unavailable", "the index is outside the list");
  const value = (byte >> ((index % perByte) * list.bits)) & ((1 << list.bits) - 1);
  return MEANINGS[value] ?? "unknown";
}
