/** A network of parties in one process: the authority's files, a department, a service. */

import { SDJwtInstance } from "@sd-jwt/core";
import { calculateJwkThumbprint, compactDecrypt, importJWK, type JWK, jwtVerify } from "jose";
import { parseConfig } from "../../src/config";
import { createNetwork } from "../../src/network";
import {
  base64Decode,
  base64Encode,
  base64urlEncode,
  type JsonObject,
  utf8Encode,
} from "../../src/protocol/encoding";
import { PROFILE } from "../../src/protocol/profile";
import { openStore } from "../../src/store";
import type { Wallet } from "../../src/wallet";
import {
  type Authority,
  createAuthority,
  createKeys,
  NOW,
  type Signer,
  signBytes,
  signJws,
} from "./authority";
import { createLog, proveLogged, type TestLog } from "./log";
import { divide, type ListForTests } from "./trustList";

export const VCT = "urn:pdx:claim:dwp:pip-moving-around-8:1";
export const OTHER_VCT = "urn:pdx:claim:veterans:wpms:1";
export const ISSUER = "https://dwp.example";
export const SERVICE = "https://badge.example";
const LISTS = "https://authority.example";
const WALLET = "https://wallet.example";

export type Handler = (request: Request) => Promise<Response> | Response;

/** One request as it left the wallet. */
export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly headers: Headers;
}

export interface World {
  readonly authority: Authority;
  readonly registrar: Signer;
  readonly log: TestLog;
  readonly trustListSigner: Signer;
  department: Signer;
  readonly statusSigner: Signer;
  readonly service: Signer;
  readonly encryption: CryptoKeyPair;
  readonly handlers: Map<string, Handler>;
  readonly sent: Sent[];
  readonly state: IssuerState;
  /** What the trust list says; its head and parts are made of it whenever they are fetched. */
  trustList: ListForTests;
}

export interface IssuerState {
  code: string;
  triesLeft: number;
  redeemed: boolean;
  nonces: Set<string>;
  batch: number;
  /** Changes each claim's payload before it is signed. */
  change: (payload: JsonObject, index: number) => JsonObject;
  reverse: boolean;
  /** For each copy, what gives it its salts. */
  newSalts: () => () => string;
  /** What can be kept back at the top of each copy. */
  concealed: (index: number) => string[];
}

export async function createWorld(): Promise<World> {
  const authority = await createAuthority();
  const member = (profile: string, organisationId: string, dnsNames: string[] = []) =>
    authority.certify({ profile, organisationId, dnsNames });
  const log = await createLog();
  const world: World = {
    authority,
    log,
    registrar: await member(PROFILE.registrar, "PDXGB-authority"),
    trustListSigner: await authority.certify({
      profile: PROFILE.trustList,
      organisationId: "PDXGB-authority",
      organisationName: "Test authority",
    }),
    department: await member(PROFILE.claimSigning, "PDXGB-dwp", ["dwp.example"]),
    statusSigner: await member(PROFILE.statusSigning, "PDXGB-dwp"),
    service: await member(PROFILE.requestSigning, "PDXGB-badge", ["badge.example"]),
    encryption: await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]),
    handlers: new Map(),
    sent: [],
    state: {
      code: "123456",
      triesLeft: 5,
      redeemed: false,
      nonces: new Set(),
      batch: 3,
      change: (payload) => payload,
      reverse: true,
      newSalts: () => () => base64urlEncode(crypto.getRandomValues(new Uint8Array(16))),
      concealed: () => ["family_name", "birthdate"],
    },
    trustList: await trustListDocument(log),
  };
  serveLists(world);
  serveIssuer(world);
  return world;
}

// --- the authority's files ---

export const TYPE = JSON.stringify({
  vct: VCT,
  display: [
    { locale: "en", name: "8 points for moving around", description: "This person scored 8 points." },
    { locale: "cy", name: "8 pwynt am symud o gwmpas", description: "Sgoriodd y person hwn 8 pwynt." },
  ],
  claims: [
    { path: ["family_name"], sd: "always", display: [{ locale: "en", label: "Family name" }] },
    { path: ["address", "postal_code"], sd: "always", display: [{ locale: "en", label: "Postcode" }] },
    { path: ["address", "country"], display: [{ locale: "en", label: "Country" }] },
  ],
});

async function integrity(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", utf8Encode(text));
  return `sha256-${base64Encode(new Uint8Array(digest))}`;
}

async function trustListDocument(log: TestLog): Promise<ListForTests> {
  const type = { url: `${LISTS}/type.json`, integrity: await integrity(TYPE) };
  return {
    version: 1,
    sequence_number: 7,
    issued_at: NOW - 3600,
    next_update: NOW + 86_400,
    operator: { en: "Test authority", cy: "Awdurdod prawf" },
    list_sha256: base64urlEncode(new Uint8Array(32)),
    logs: [{ url: `${LISTS}/log`, key: log.key }],
    revoked_keys: [],
    departments: [
      member("PDXGB-dwp", "Department", ISSUER),
      member("PDXGB-veterans", "Veterans", "https://veterans.example"),
    ],
    services: [member("PDXGB-badge", "Badge team", SERVICE)],
    claim_types: [
      { vct: VCT, ...type, departments: ["PDXGB-dwp"] },
      { vct: OTHER_VCT, ...type, departments: ["PDXGB-veterans"] },
    ],
  };
}

export function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

function member(id: string, name: string, url: string): JsonObject {
  return { id, en: name, cy: name, url };
}

/** Signs the head of the list as it is at this moment. */
export async function signedHead(world: World, signer = world.trustListSigner): Promise<string> {
  return await signJws(signer, (await divide(world.trustList)).head, { typ: "pdx-trust-list-head+jwt" });
}

function serveLists(world: World): void {
  world.handlers.set(`GET ${LISTS}/trust-list-head.jwt`, async () => {
    return new Response(await signedHead(world), { headers: { "Content-Type": "application/jwt" } });
  });
  world.handlers.set(`GET ${LISTS}/trust-list/parts`, async (request) => {
    const digest = /([^/]+)[.]json$/.exec(request.url)?.[1] ?? "";
    const part = (await divide(world.trustList)).parts.get(digest);
    return part === undefined ? json({}, 404) : json(part);
  });
  world.handlers.set(`GET ${LISTS}/type.json`, () => json(TYPE));
}

export function json(body: unknown, status = 200): Response {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return new Response(text, { status, headers: { "Content-Type": "application/json" } });
}

// --- the department: OpenID4VCI 1.0 with pre-authorized code, DPoP, nonces and batches ---

const PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code";

export const OFFER = {
  credential_issuer: ISSUER,
  credential_configuration_ids: ["moving"],
  grants: {
    [PRE_AUTHORIZED]: { "pre-authorized_code": "code", tx_code: { input_mode: "numeric", length: 6 } },
  },
};

function serveIssuer(world: World): void {
  const { handlers, state } = world;
  handlers.set(`GET ${ISSUER}/offers/1`, () => json(OFFER));
  handlers.set(`GET ${ISSUER}/.well-known/openid-credential-issuer`, () =>
    json({
      credential_issuer: ISSUER,
      credential_endpoint: `${ISSUER}/credential`,
      nonce_endpoint: `${ISSUER}/nonce`,
      batch_credential_issuance: { batch_size: state.batch },
      credential_configurations_supported: {
        moving: {
          format: "dc+sd-jwt",
          vct: VCT,
          scope: "moving",
          cryptographic_binding_methods_supported: ["jwk"],
          credential_signing_alg_values_supported: ["ES256"],
          proof_types_supported: { jwt: { proof_signing_alg_values_supported: ["ES256"] } },
        },
      },
    }),
  );
  handlers.set(`GET ${ISSUER}/.well-known/oauth-authorization-server`, () =>
    json({
      issuer: ISSUER,
      token_endpoint: `${ISSUER}/token`,
      response_types_supported: [],
      dpop_signing_alg_values_supported: ["ES256"],
    }),
  );
  handlers.set(`POST ${ISSUER}/token`, (request) => token(world, request));
  handlers.set(`POST ${ISSUER}/nonce`, () => {
    const nonce = base64urlEncode(crypto.getRandomValues(new Uint8Array(16)));
    state.nonces.add(nonce);
    return json({ c_nonce: nonce });
  });
  handlers.set(`POST ${ISSUER}/credential`, (request) => credential(world, request));
}

/** Checks a DPoP proof with jose (RFC 9449 §4.3) and gives its key's thumbprint. */
async function checkDpop(request: Request, url: string): Promise<string> {
  const proof = request.headers.get("DPoP") ?? "";
  const header = JSON.parse(Buffer.from(proof.split(".")[0] ?? "", "base64url").toString()) as { jwk: JWK };
  const { payload } = await jwtVerify(proof, await importJWK(header.jwk, "ES256"), { typ: "dpop+jwt" });
  if (payload.htm !== "POST" || payload.htu !== url) throw new Error("a DPoP proof for another request");
  return await calculateJwkThumbprint(header.jwk);
}

let boundTo = "";

async function token({ state }: World, request: Request): Promise<Response> {
  if (state.redeemed) return invalidGrant("the code is not valid: unknown, used, expired or locked");
  const form = new URLSearchParams(await request.text());
  boundTo = await checkDpop(request, `${ISSUER}/token`);
  if (form.get("tx_code") !== state.code) {
    state.triesLeft -= 1;
    if (state.triesLeft === 0) return invalidGrant("the offer is locked now");
    return invalidGrant(`the transaction code is wrong; tries left: ${state.triesLeft}`);
  }
  state.redeemed = true;
  return json({ access_token: "token", token_type: "DPoP", expires_in: 300 });
}

function invalidGrant(description: string): Response {
  return json({ error: "invalid_grant", error_description: description }, 400);
}

async function credential(world: World, request: Request): Promise<Response> {
  const { state } = world;
  if (request.headers.get("Authorization") !== "DPoP token") return json({ error: "invalid_token" }, 401);
  if ((await checkDpop(request, `${ISSUER}/credential`)) !== boundTo)
    return json({ error: "invalid_token" }, 401);
  const body = JSON.parse(await request.text()) as { proofs: { jwt: string[] } };
  const keys: JWK[] = [];
  let nonce: unknown;
  for (const proof of body.proofs.jwt) {
    const header = JSON.parse(Buffer.from(proof.split(".")[0] ?? "", "base64url").toString()) as { jwk: JWK };
    const { payload } = await jwtVerify(proof, await importJWK(header.jwk, "ES256"), {
      typ: "openid4vci-proof+jwt",
      audience: ISSUER,
      currentDate: new Date(NOW * 1000),
    });
    nonce = payload.nonce;
    keys.push(header.jwk);
  }
  if (!state.nonces.delete(String(nonce))) return json({ error: "invalid_nonce" }, 400);
  const credentials = await Promise.all(keys.map((jwk, index) => issue(world, jwk, index)));
  if (state.reverse) credentials.reverse();
  return json({ credentials: credentials.map((one) => ({ credential: one })) });
}

export const ATTRIBUTES = {
  family_name: "O’Neill",
  address: { postal_code: "ZZ1 2AB" },
  birthdate: "1980-02-29",
};

const hasher = async (data: string | ArrayBuffer, algorithm: string) =>
  new Uint8Array(
    await crypto.subtle.digest(algorithm.toUpperCase(), typeof data === "string" ? utf8Encode(data) : data),
  );

/** An SD-JWT made by @sd-jwt/core, so that ours is read by other people's software and the other way round. */
export async function issue(
  world: World,
  jwk: JWK,
  index = 0,
  by: Signer = world.department,
): Promise<string> {
  const sdJwt = new SDJwtInstance({
    signer: async (data) => base64urlEncode(await signBytes(by, utf8Encode(data))),
    signAlg: "ES256",
    hasher,
    hashAlg: "sha-256",
    saltGenerator: world.state.newSalts(),
  });
  const { kty, crv, x, y } = jwk;
  const payload = world.state.change(
    {
      iat: NOW - 3600,
      exp: NOW + 90 * 86_400,
      vct: VCT,
      cnf: { jwk: { kty, crv, x, y } as JsonObject },
      status: { status_list: { idx: 5 + index, uri: `${ISSUER}/status/1` } },
      ...structuredClone(ATTRIBUTES),
    },
    index,
  );
  const frame = { _sd: world.state.concealed(index), address: { _sd: ["postal_code"] }, _sd_decoy: 2 };
  const header = { typ: "dc+sd-jwt", x5c: [...by.x5c] };
  return await sdJwt.issue(payload as Record<string, unknown>, frame as never, { header });
}

// --- the service: OpenID4VP 1.0 ---

export interface RequestChanges {
  readonly payload?: JsonObject;
  readonly header?: Record<string, unknown>;
  readonly remove?: readonly string[];
  readonly by?: Signer;
  readonly registration?: RegistrationChanges | null;
  readonly clientId?: string;
  readonly tamper?: (jwt: string) => string;
}

export const QUERY = {
  credentials: [
    {
      id: "c1",
      format: "dc+sd-jwt",
      meta: { vct_values: [VCT] },
      claims: [{ path: ["address", "postal_code"] }],
    },
  ],
};

export async function clientIdOf(signer: Signer): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", base64Decode(signer.x5c[0] as string));
  return `x509_hash:${base64urlEncode(new Uint8Array(digest))}`;
}

export interface RegistrationChanges {
  readonly payload?: JsonObject;
  readonly by?: Signer;
  /** Stands in for the proof that it is in the log; undefined leaves the proof out. */
  readonly proof?: (payload: string) => Promise<unknown>;
}

export async function createRegistration(world: World, changes: RegistrationChanges = {}): Promise<string> {
  const payload = { ...registrationPayload(), ...changes.payload };
  const prove = changes.proof ?? ((text: string) => proveLogged(world.log, text));
  const proof = await prove(JSON.stringify(payload));
  return await signJws(changes.by ?? world.registrar, payload, { typ: "rc-wrp+jwt", pdx_log_proof: proof });
}

function registrationPayload(): JsonObject {
  const words = (text: string) => [{ lang: "en", value: text }];
  return {
    name: "Badge team",
    sub: "PDXGB-badge",
    country: "GB",
    registry_uri: "https://authority.example",
    entitlements: ["https://uri.etsi.org/19475/Entitlement/Service_Provider"],
    srv_description: [words("Apply for a badge")],
    privacy_policy: "https://badge.example/privacy",
    support_uri: "mailto:badge@badge.example",
    pdx_support_phone: "+44 1632 960001",
    supervisory_authority: { uri: "https://ico.example" },
    intended_use_id: "badge@1",
    purpose: words("To decide about your badge"),
    credentials: [
      {
        format: "dc+sd-jwt",
        meta: { vct_values: [VCT] },
        claim: [{ path: ["address", "postal_code"] }, { path: ["family_name"] }],
      },
    ],
    pdx_law: words("Regulation 4"),
    pdx_objection: words("Write to us"),
    pdx_needs: [{ path: ["address", "postal_code"], reason: words("You must live here") }],
    pdx_retention: { days: 90, text: words("90 days") },
    iat: NOW - 3600,
    exp: NOW + 86_400,
  };
}

/** Puts a request behind `request_uri` and gives its link. */
export async function serveRequest(world: World, changes: RequestChanges = {}): Promise<string> {
  const by = changes.by ?? world.service;
  const clientId = changes.clientId ?? (await clientIdOf(by));
  const jwk = (await crypto.subtle.exportKey("jwk", world.encryption.publicKey)) as unknown as JsonObject;
  const payload: JsonObject = {
    client_id: clientId,
    aud: "https://self-issued.me/v2",
    iat: NOW - 10,
    exp: NOW + 300,
    response_type: "vp_token",
    response_mode: "direct_post.jwt",
    response_uri: `${SERVICE}/response/1`,
    nonce: "nonce-0123456789abcdef",
    state: "state-1",
    dcql_query: QUERY,
    client_metadata: {
      jwks: {
        keys: [
          { kty: "AKP", alg: "ML-KEM-768", pub: "AA", kid: "pq" },
          { kty: "EC", crv: "P-256", x: jwk.x as string, y: jwk.y as string, kid: "k1", alg: "ECDH-ES" },
        ],
      },
      encrypted_response_enc_values_supported: ["A128GCM", "A256GCM"],
    },
    ...(changes.registration === null
      ? {}
      : {
          verifier_info: [
            { format: "registration_cert", data: await createRegistration(world, changes.registration) },
          ],
        }),
    ...changes.payload,
  };
  for (const name of changes.remove ?? []) delete payload[name];
  const reply = async (walletNonce?: string) => {
    const nonce = walletNonce === undefined ? {} : { wallet_nonce: walletNonce };
    const jwt = await signJws(
      by,
      { ...payload, ...nonce },
      { typ: "oauth-authz-req+jwt", ...changes.header },
    );
    return new Response(changes.tamper?.(jwt) ?? jwt, {
      headers: { "Content-Type": "application/oauth-authz-req+jwt" },
    });
  };
  world.handlers.set(`GET ${SERVICE}/request/1`, () => reply());
  world.handlers.set(`POST ${SERVICE}/request/1`, async (request) => {
    const form = new URLSearchParams(await request.text());
    return reply(form.get("wallet_nonce") ?? undefined);
  });
  const linkId = await clientIdOf(by);
  return `${WALLET}/present?${new URLSearchParams({ client_id: linkId, request_uri: `${SERVICE}/request/1` })}`;
}

/** Opens what a wallet posted. */
export async function openAnswer(world: World, body: string): Promise<JsonObject> {
  const response = new URLSearchParams(body).get("response") ?? "";
  const { plaintext } = await compactDecrypt(response, world.encryption.privateKey);
  return JSON.parse(new TextDecoder().decode(plaintext)) as JsonObject;
}

/** Verifies a presentation with @sd-jwt/core, key binding included, and gives its claims. */
export async function verifyPresentation(
  world: World,
  presentation: string,
  expected: { audience: string; nonce: string },
): Promise<Record<string, unknown>> {
  const verify = (key: CryptoKey) => async (data: string, signature: string) =>
    await crypto.subtle.verify(
      { name: "ECDSA", hash: "SHA-256" },
      key,
      Buffer.from(signature, "base64url"),
      utf8Encode(data),
    );
  const sdJwt = new SDJwtInstance({
    hasher,
    hashAlg: "sha-256",
    verifier: verify(world.department.keys.publicKey),
    kbVerifier: async (data, signature, payload) => {
      const jwk = (payload.cnf as { jwk: JWK }).jwk;
      const key = await crypto.subtle.importKey(
        "jwk",
        jwk as JsonWebKey,
        { name: "ECDSA", namedCurve: "P-256" },
        false,
        ["verify"],
      );
      return await verify(key)(data, signature);
    },
  });
  const { payload, kb } = await sdJwt.verify(presentation, {
    currentDate: NOW,
    keyBindingNonce: expected.nonce,
  } as never);
  if (kb?.payload.aud !== expected.audience) throw new Error("a wrong audience");
  return payload as Record<string, unknown>;
}

// --- the wallet ---

let stores = 0;

export async function createWallet(world: World, options: { fetch?: typeof fetch } = {}): Promise<Wallet> {
  const config = parseConfig(
    JSON.stringify({
      network: { trustListUrl: `${LISTS}/trust-list.jwt`, rootCertificates: [world.authority.rootPem] },
      demo: false,
    }),
  );
  stores += 1;
  return {
    config,
    store: await openStore(`test-${stores}`),
    network: createNetwork({ allowHttpLocalhost: false, fetch: options.fetch ?? deliver(world) }),
    now: () => NOW,
  };
}

export function deliver(world: World): typeof fetch {
  return async (input, init) => {
    const url = String(input);
    const method = init?.method ?? "GET";
    const body = typeof init?.body === "string" ? init.body : "";
    world.sent.push({ method, url, body, headers: new Headers(init?.headers) });
    const handler = world.handlers.get(`${method} ${url.replace(/(\/parts)\/.*/, "$1")}`);
    if (handler === undefined) return new Response("nothing here", { status: 404 });
    return await handler(
      new Request(url, { method, headers: init?.headers ?? {}, ...(body ? { body } : {}) }),
    );
  };
}

export { createKeys, NOW };
