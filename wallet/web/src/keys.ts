/**
 * All cryptography of the wallet, in one file.
 *
 * 1. A claim's key. `createKey` asks the browser for an ECDSA P-256 pair (FIPS 186-5) whose private half is
 *    *not extractable*: neither this code nor an attacker's script can read it, only ask for signatures. The
 *    pair is kept in IndexedDB as an opaque CryptoKey. Every copy of a claim has a pair of its own, so that two
 *    services can't recognise one person by the key.
 * 2. Signing. ES256 (RFC 7518 §3.4): SHA-256, then ECDSA, signature as r || s (64 bytes). It is used for the
 *    proof of possession to a department, for DPoP (RFC 9449) and for key binding (RFC 9901 §4.3).
 * 3. Checking. `verifySignature` takes the algorithm from the *key*, never from the token.
 * 4. Sealing an answer. `sealFor` encrypts to the service's one-time key: ECDH-ES direct agreement with AES-GCM
 *    (RFC 7518 §4.6, RFC 7516), by the jose library on WebCrypto. Only the service can open it.
 * 5. Randomness and SHA-256 come from the browser as well.
 *
 * Nothing here chooses whom to trust: that is src/protocol.
 */

import { CompactEncrypt, importJWK } from "jose";
import { type Bytes, base64urlEncode, type JsonObject, utf8Encode } from "./protocol/encoding";
import { Refusal } from "./protocol/errors";

/** The public half of a P-256 key (RFC 7517, RFC 7518 §6.2). */
export interface PublicJwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
}

/** A pair whose private half can't leave the browser. */
export interface HolderKey {
  readonly privateKey: CryptoKey;
  readonly publicJwk: PublicJwk;
}

export type Curve = "P-256" | "P-384";
export type Digest = "SHA-256" | "SHA-384";

export async function createKey(): Promise<HolderKey> {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, [
    "sign",
    "verify",
  ]);
  const { x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  if (x === undefined || y === undefined) throw new Refusal("unexpected", "the browser gave no public key");
  return { privateKey: pair.privateKey, publicJwk: { kty: "EC", crv: "P-256", x, y } };
}

/** Signs with ES256; 64 bytes r || s. */
export async function sign(key: HolderKey, data: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key.privateKey, data));
}

/** A compact JWS (RFC 7515 §7.1) by the holder; `alg` is set here. */
export async function signJwt(key: HolderKey, header: JsonObject, payload: JsonObject): Promise<string> {
  const encode = (part: JsonObject) => base64urlEncode(utf8Encode(JSON.stringify(part)));
  const input = `${encode({ ...header, alg: "ES256" })}.${encode(payload)}`;
  return `${input}.${base64urlEncode(await sign(key, utf8Encode(input)))}`;
}

/** Reads a public key from SubjectPublicKeyInfo; a point off the curve is refused by the browser. */
export async function importPublicKey(spki: Bytes, curve: Curve): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey("spki", spki, { name: "ECDSA", namedCurve: curve }, true, [
      "verify",
    ]);
  } catch (cause) {
    throw new Refusal("message_malformed", "a public key is not on its curve", { cause });
  }
}

/** Raises `signature_wrong` unless `signature` (r || s) is `key`'s over `data`. */
export async function verifySignature(
  key: CryptoKey,
  signature: Bytes,
  data: Bytes,
  hash: Digest = "SHA-256",
): Promise<void> {
  if (!(await crypto.subtle.verify({ name: "ECDSA", hash }, key, signature, data)))
    throw new Refusal("signature_wrong", "a signature does not verify");
}

export async function sha256(data: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data));
}

export function randomBytes(count: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(count));
}

/** 256 bits as base64url, for names that nobody may guess. */
export function randomToken(): string {
  return base64urlEncode(randomBytes(32));
}

/** A service's encryption key and how it wants its answer sealed. */
export interface Sealing {
  readonly jwk: PublicJwk;
  readonly kid: string | undefined;
  readonly enc: "A128GCM" | "A256GCM";
  /** The request's nonce, bound in as apv so that an answer can't be moved to another request. */
  readonly apv: string;
}

/** Whether the numbers of `jwk` are a point of P-256, so that something can be sealed for it. */
export async function isSealingPoint({ x, y }: PublicJwk): Promise<boolean> {
  const jwk = { kty: "EC", crv: "P-256", x, y };
  return await crypto.subtle.importKey("jwk", jwk, { name: "ECDH", namedCurve: "P-256" }, true, []).then(
    () => true,
    () => false,
  );
}

/** A compact JWE of `payload` that only the holder of `sealing.jwk` can open. */
export async function sealFor(sealing: Sealing, payload: JsonObject): Promise<string> {
  const key = await importJWK({ ...sealing.jwk, alg: "ECDH-ES" }, "ECDH-ES");
  const header = {
    alg: "ECDH-ES",
    enc: sealing.enc,
    ...(sealing.kid === undefined ? {} : { kid: sealing.kid }),
  };
  return await new CompactEncrypt(utf8Encode(JSON.stringify(payload)))
    .setProtectedHeader(header)
    .setKeyManagementParameters({ apv: utf8Encode(sealing.apv) })
    .encrypt(key);
}
