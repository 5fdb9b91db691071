/**
 * A service's signed request (OpenID4VP 1.0 §5, HAIP 1.0 §5.1), checked before anyone is asked anything.
 *
 * Established, in this order:
 *  1. a JWS of type oauth-authz-req+jwt with ES256 and a chain (§5.10, RFC 9101 §10.8);
 *  2. the chain ends at our network's root, its leaf was made for signing requests, and the service is not suspended;
 *  3. the client identifier is the hash of that leaf (§5.9.3, x509_hash) and the one of the link;
 *  4. the leaf's key signed it;
 *  5. it is valid now, meant for wallets, and answers our nonce if we sent one (§5.10);
 *  6. it asks in the one way that we answer: vp_token by direct_post.jwt, with nonce and a well-formed DCQL query;
 *  7. it came from, and the answer goes to, a host that the certificate names (§15.8.1, §15.8.2);
 *  8. the answer can be sealed: a P-256 key for ECDH-ES (HAIP 1.0 §5).
 */

import { isSealingPoint, type PublicJwk, type Sealing } from "../keys";
import { isPlainAddress, isSecure } from "./address";
import type { Signer } from "./chain";
import { parseQuery, type Query } from "./dcqlQuery";
import {
  base64urlEncode,
  isObject,
  type JsonObject,
  memberArray,
  memberObject,
  memberObjects,
  memberString,
  memberStrings,
  optionalInteger,
} from "./encoding";
import { Refusal } from "./errors";
import { parseJws, verifyJws } from "./jws";
import type { Localised } from "./localised";
import { type Trust, trustedService } from "./trust";

export interface VerifiedRequest {
  readonly clientId: string;
  readonly signer: Signer;
  readonly serviceName: Localised;
  readonly nonce: string;
  readonly state: string | undefined;
  readonly responseUri: string;
  /** Unix seconds. */
  readonly expiresAt: number | undefined;
  readonly query: Query;
  readonly sealing: Sealing;
  /** The registration certificate's text, not yet verified. */
  readonly unverifiedRegistration: string;
}

export interface RequestRules {
  readonly expectedClientId: string;
  /** The request_uri that the request was fetched from. */
  readonly fetchedFrom: string;
  readonly trust: Trust;
  readonly now: number;
  /** The nonce that we sent when we fetched by POST. */
  readonly expectedWalletNonce: string | undefined;
  /** Whether http://localhost is good enough (the demo). */
  readonly allowHttpLocalhost: boolean;
}

const LEEWAY = 60;

export async function verifyRequest(jwt: string, rules: RequestRules): Promise<VerifiedRequest> {
  const jws = parseJws(jwt, ["oauth-authz-req+jwt"]); // 1
  const { signer, name } = await trustedService(rules.trust, jws.x5c, rules.now); // 2
  checkClientId(jws.unverifiedPayload, signer, rules.expectedClientId); // 3
  const payload = await verifyJws(jws, signer.publicKey); // 4
  checkOrigin(rules.fetchedFrom, signer); // 7
  checkAddressee(payload, rules); // 5
  checkShape(payload); // 6
  const query = parseQuery(memberObject(payload, "dcql_query")); // 6
  return {
    clientId: rules.expectedClientId,
    signer,
    serviceName: name,
    nonce: readNonce(payload),
    state: readState(payload, query),
    responseUri: readResponseUri(payload, signer, rules), // 7
    expiresAt: optionalInteger(payload, "exp"),
    query,
    sealing: await readSealing(payload), // 8
    unverifiedRegistration: readRegistrationText(payload, query),
  };
}

// 3. §5.9.1: an unknown prefix is refused; §5.9.3: x509_hash is base64url(SHA-256(leaf))
function checkClientId(payload: JsonObject, signer: Signer, expected: string): void {
  if (payload.client_id !== expected)
    throw new Refusal("request_changed", "the request and the link name different services");
  if (expected !== `x509_hash:${base64urlEncode(signer.sha256)}`)
    throw new Refusal("request_changed", "the client identifier is not the certificate's hash");
}

// 7. A good signature does not say who hands the request on.
function checkOrigin(requestUri: string, signer: Signer): void {
  if (!signer.hosts.includes(new URL(requestUri).hostname))
    throw new Refusal("request_place", "the request comes from a host that the certificate does not name");
}

// 5. RFC 9101 §6.3, OpenID4VP 1.0 §5.8 and §5.10.1
function checkAddressee(payload: JsonObject, rules: RequestRules): void {
  const expires = optionalInteger(payload, "exp");
  const issued = optionalInteger(payload, "iat");
  const starts = optionalInteger(payload, "nbf");
  checkNotOver(expires, rules.now);
  if ([issued, starts].some((time) => time !== undefined && time > rules.now + LEEWAY))
    throw new Refusal("request_expired", "the request is from the future");
  if (payload.aud !== "https://self-issued.me/v2")
    throw new Refusal("request_unsupported", "the request is meant for someone else");
  if (rules.expectedWalletNonce !== payload.wallet_nonce)
    throw new Refusal("request_changed", "the request does not answer this wallet");
}

/** Raises request_expired for a request that nobody waits for any more. */
export function checkNotOver(expiresAt: number | undefined, now: number): void {
  if (expiresAt !== undefined && now >= expiresAt + LEEWAY)
    throw new Refusal("request_expired", "the request has expired");
}

// What would change the meaning of a request, and what we don't answer, refuses it rather than being skipped.
const FORBIDDEN = [
  "redirect_uri", // §8.2: not together with response_uri
  "transaction_data", // §8.4: no type is known to this wallet
  "scope", // §5.5
  "presentation_definition", // left out of 1.0
  "presentation_definition_uri",
  "client_id_scheme",
  "client_metadata_uri",
  "request",
  "request_uri",
] as const;

// 6. §5.1 to §5.6, §8.2, HAIP 1.0 §5
function checkShape(payload: JsonObject): void {
  if (payload.response_type !== "vp_token") throw unsupported("response_type is not vp_token");
  if (payload.response_mode !== "direct_post.jwt") throw unsupported("response_mode is not direct_post.jwt");
  for (const name of FORBIDDEN)
    if (payload[name] !== undefined) throw unsupported(`${name} is not supported`);
}

// §5.2: nonce and state
const URL_SAFE = /^[A-Za-z0-9._~-]{1,1024}$/;

function readNonce(payload: JsonObject): string {
  const nonce = payload.nonce;
  // §5.2: present, URL-safe ASCII, fresh entropy
  if (typeof nonce !== "string" || nonce.length < 8 || !URL_SAFE.test(nonce))
    throw unsupported("there is no usable nonce");
  return nonce;
}

function readState(payload: JsonObject, query: Query): string | undefined {
  const state = payload.state;
  if (state !== undefined && (typeof state !== "string" || !URL_SAFE.test(state)))
    throw unsupported("state has other characters");
  // §5.3: without a key binding there is no nonce in the answer, only state
  if (state === undefined && !query.credentials.every((one) => one.holderBinding))
    throw unsupported("there is no state");
  return state;
}

// 7. §8.2: the wallet must know that the response endpoint is the client's
function readResponseUri(payload: JsonObject, signer: Signer, rules: RequestRules): string {
  const text = memberString(payload, "response_uri");
  if (!isPlainAddress(text) || text.includes("#") || !URL.canParse(text))
    throw unsupported("response_uri is no plain address");
  const uri = new URL(text);
  if (!isSecure(uri, rules.allowHttpLocalhost)) throw new Refusal("not_secure", "response_uri is not https");
  if (!signer.hosts.includes(uri.hostname))
    throw new Refusal("request_place", "the answer would go to a host that the certificate does not name");
  return text;
}

const MAX_KEYS = 64;
const ENCRYPTIONS = ["A256GCM", "A128GCM"] as const;

// 8. §8.3; HAIP 1.0 §5: ECDH-ES on P-256, A128GCM and A256GCM
async function readSealing(payload: JsonObject): Promise<Sealing> {
  const metadata = memberObject(payload, "client_metadata");
  const keys = memberArray(memberObject(metadata, "jwks"), "keys");
  // Keys of kinds that we don't know are skipped, not refused.
  const jwk = await findSealingKey(keys.filter(isObject).slice(0, MAX_KEYS).filter(isSealingKey));
  checkFormats(metadata);
  const named = metadata.encrypted_response_enc_values_supported;
  const offered = named === undefined ? ["A128GCM"] : named; // §5.1: the default
  const enc = ENCRYPTIONS.find((one) => Array.isArray(offered) && offered.includes(one));
  if (enc === undefined) throw unsupported("there is no encryption that we know");
  const { kty, crv, x, y } = jwk as unknown as PublicJwk;
  return { jwk: { kty, crv, x, y }, kid: memberString(jwk, "kid"), enc, apv: readNonce(payload) };
}

// Tried now: a key that can't seal must not be found out when the copies of the claim are already used up.
async function findSealingKey(keys: readonly JsonObject[]): Promise<JsonObject> {
  for (const jwk of keys) if (await isSealingPoint(jwk as unknown as PublicJwk)) return jwk;
  throw unsupported("there is no key to seal the answer with");
}

// §8.5; a service that says nothing of formats is believed to read its own query
function checkFormats(metadata: JsonObject): void {
  if (metadata.vp_formats_supported === undefined) return;
  const formats = memberObject(metadata, "vp_formats_supported");
  if (formats["dc+sd-jwt"] === undefined) return;
  const ours = memberObject(formats, "dc+sd-jwt");
  for (const name of ["sd-jwt_alg_values", "kb-jwt_alg_values"])
    if (ours[name] !== undefined && !memberStrings(ours, name).includes("ES256"))
      throw unsupported("the service does not read our signatures");
}

function isSealingKey(jwk: JsonObject): boolean {
  return (
    jwk.kty === "EC" &&
    jwk.crv === "P-256" &&
    typeof jwk.x === "string" &&
    typeof jwk.y === "string" &&
    typeof jwk.kid === "string" && // §5.1: each with a kid
    jwk.d === undefined &&
    jwk.alg === "ECDH-ES" && // §8.3: alg must be present in the JWK
    (jwk.use === undefined || jwk.use === "enc")
  );
}

// ETSI TS 119 472-2, OpenID4VP 1.0 §5.1 verifier_info
function readRegistrationText(payload: JsonObject, query: Query): string {
  const entries = payload.verifier_info === undefined ? [] : memberObjects(payload, "verifier_info");
  for (const entry of entries) checkStatement(entry, query);
  const found = entries.filter((entry) => entry.format === "registration_cert");
  const data = found[0]?.data;
  if (found.length !== 1 || typeof data !== "string")
    throw new Refusal("registration_missing", "the request carries no registration certificate");
  return data;
}

function checkStatement(entry: JsonObject, query: Query): void {
  if (typeof entry.data !== "string" && !isObject(entry.data)) throw unsupported("a statement says nothing");
  memberString(entry, "format");
  if (entry.credential_ids === undefined) return;
  const known = query.credentials.map((one) => one.id);
  if (!memberStrings(entry, "credential_ids").every((id) => known.includes(id)))
    throw unsupported("a statement is about a credential that is not asked for");
}

function unsupported(rule: string): Refusal {
  return new Refusal("request_unsupported", rule);
}
