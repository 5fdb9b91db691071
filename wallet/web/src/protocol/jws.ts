/** Compact JWS (RFC 7515 §3.1) with ES256 only (RFC 7518 §3.4); the caller fixes the type and finds the key. */

import { verifySignature } from "../keys";
import {
  type Bytes,
  base64Decode,
  base64urlDecode,
  type JsonObject,
  parseJsonObject,
  utf8Decode,
  utf8Encode,
} from "./encoding";
import { Refusal } from "./errors";

/** A parsed token whose signature nobody has checked yet. */
export interface UnverifiedJws {
  readonly header: JsonObject;
  readonly unverifiedPayload: JsonObject;
  /** The payload exactly as it was signed. */
  readonly payloadBytes: Bytes;
  readonly signingInput: Bytes;
  readonly signature: Bytes;
  /** DER certificates, leaf first (RFC 7515 §4.1.6); empty when there are none. */
  readonly x5c: Bytes[];
}

const MAX_TOKEN = 2_000_000;

export function parseJws(compact: string, expectedTypes: readonly string[]): UnverifiedJws {
  const parts = compact.split(".");
  if (compact.length > MAX_TOKEN || parts.length !== 3)
    throw new Refusal("message_malformed", "not a compact JWS");
  const [header64, payload64, signature64] = parts as [string, string, string];
  const header = parseJsonObject(utf8Decode(base64urlDecode(header64)));
  checkHeader(header, expectedTypes);
  const payloadBytes = base64urlDecode(payload64);
  return {
    header,
    unverifiedPayload: parseJsonObject(utf8Decode(payloadBytes)),
    payloadBytes,
    signingInput: utf8Encode(`${header64}.${payload64}`),
    signature: base64urlDecode(signature64),
    x5c: parseX5c(header),
  };
}

function checkHeader(header: JsonObject, expectedTypes: readonly string[]): void {
  // RFC 8725 §3.1: the algorithm is ours to choose, not the token's.
  if (header.alg !== "ES256") throw new Refusal("message_malformed", "alg is not ES256");
  // RFC 8725 §3.11: a token made for one purpose must not serve another.
  if (typeof header.typ !== "string" || !expectedTypes.includes(header.typ))
    throw new Refusal("message_malformed", "typ is not the expected one");
  // RFC 7515 §4.1.4
  if (header.kid !== undefined && typeof header.kid !== "string")
    throw new Refusal("message_malformed", "kid is not a text");
  // RFC 7515 §4.1.11: we understand no critical extension.
  if (header.crit !== undefined) throw new Refusal("message_malformed", "crit is not understood");
}

function parseX5c(header: JsonObject): Bytes[] {
  const x5c = header.x5c;
  if (x5c === undefined) return [];
  if (!Array.isArray(x5c) || x5c.length === 0 || x5c.length > 5)
    throw new Refusal("message_malformed", "x5c is not a short list");
  return x5c.map((entry) => {
    if (typeof entry !== "string") throw new Refusal("message_malformed", "x5c holds no text");
    return base64Decode(entry);
  });
}

/** The payload, once `key` is known to have signed it. */
export async function verifyJws(jws: UnverifiedJws, key: CryptoKey): Promise<JsonObject> {
  await verifySignature(key, jws.signature, jws.signingInput);
  return jws.unverifiedPayload;
}
