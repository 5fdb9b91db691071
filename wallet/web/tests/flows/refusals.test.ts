/**
 * What a wallet must refuse (OpenID4VP 1.0, HAIP 1.0), named after the modules of the OpenID Foundation's conformance
 * suite where there is one. In every case nothing is posted anywhere.
 */

import "fake-indexeddb/auto";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/protocol/encoding";
import { asRefusal, type RefusalCode } from "../../src/protocol/errors";
import { type Invocation, parseLink } from "../../src/protocol/link";
import { PROFILE } from "../../src/protocol/profile";
import { openRequest } from "../../src/usecases/openRequest";
import { createAuthority } from "../world/authority";
import { createLog, proveLogged } from "../world/log";
import {
  clientIdOf,
  createRegistration,
  createWallet,
  createWorld,
  NOW,
  QUERY,
  type RequestChanges,
  SERVICE,
  serveRequest,
  VCT,
  type World,
} from "../world/network";

type Case = readonly [
  name: string,
  code: RefusalCode,
  changes: (world: World) => Promise<RequestChanges> | RequestChanges,
];

const query = (change: object) => ({
  payload: { dcql_query: { credentials: [{ ...QUERY.credentials[0], ...change }] } },
});
const sealingKey = async (world: World, change: object = {}) => {
  const { x, y } = await crypto.subtle.exportKey("jwk", world.encryption.publicKey);
  return { kty: "EC", crv: "P-256", x, y, kid: "k1", alg: "ECDH-ES", ...change } as JsonObject;
};
const payload = (change: RequestChanges["payload"]): RequestChanges =>
  change === undefined ? {} : { payload: change };

const CASES: readonly Case[] = [
  // --- modules of the suite
  [
    "negative-test-invalid-request-object-signature",
    "signature_wrong",
    () => ({ tamper: (jwt) => `${jwt.slice(0, -6)}${jwt.endsWith("AAAAAA") ? "BBBBBA" : "AAAAAA"}` }),
  ],
  [
    "negative-test-mismatched-client-id",
    "request_changed",
    () => payload({ client_id: `x509_hash:${"A".repeat(43)}` }),
  ],
  [
    "negative-test-invalid-client-id-prefix",
    "request_changed",
    () => payload({ client_id: "invalid_scheme:abc" }),
  ],
  ["negative-test-missing-nonce", "request_unsupported", () => ({ remove: ["nonce"] })],
  [
    "negative-test-redirect-uri-with-direct-post",
    "request_unsupported",
    () => payload({ redirect_uri: `${SERVICE}/done` }),
  ],
  [
    "negative-test-unknown-transaction-data-type",
    "request_unsupported",
    () => payload({ transaction_data: ["e30"] }),
  ],
  [
    "negative-test-response-uri-not-client-id",
    "request_place",
    () => payload({ response_uri: "https://evil.example/response/1" }),
  ],
  // --- the message
  ["typ", "message_malformed", () => ({ header: { typ: "JWT" } })],
  ["alg none", "message_malformed", () => ({ header: { alg: "none" } })],
  ["alg ES384", "message_malformed", () => ({ header: { alg: "ES384" } })],
  ["crit", "message_malformed", () => ({ header: { crit: ["b64"], b64: true } })],
  ["no x5c", "certificate_untrusted", () => ({ header: { x5c: undefined } })],
  ["expired", "request_expired", () => payload({ exp: NOW - 120 })],
  ["from the future", "request_expired", () => payload({ iat: NOW + 600 })],
  ["another audience", "request_unsupported", () => payload({ aud: "https://other.example" })],
  ["response_type", "request_unsupported", () => payload({ response_type: "vp_token id_token" })],
  ["response_mode direct_post", "request_unsupported", () => payload({ response_mode: "direct_post" })],
  ["scope", "request_unsupported", () => payload({ scope: "badge" })],
  ["a presentation definition", "request_unsupported", () => payload({ presentation_definition: {} })],
  ["http response_uri", "not_secure", () => payload({ response_uri: "http://badge.example/response/1" })],
  ["response_uri with a fragment", "request_unsupported", () => payload({ response_uri: `${SERVICE}/r#x` })],
  ["an unasked wallet_nonce", "request_changed", () => payload({ wallet_nonce: "x" })],
  ["no encryption key", "request_unsupported", () => payload({ client_metadata: { jwks: { keys: [] } } })],
  ["no query", "message_malformed", () => ({ remove: ["dcql_query"] })],
  [
    "a malformed query",
    "request_unsupported",
    () => payload({ dcql_query: { credentials: [QUERY.credentials[0], QUERY.credentials[0]] as never } }),
  ],
  // --- who asks
  [
    "a service of another network",
    "certificate_untrusted",
    async () => {
      const stranger = await createAuthority("Strangers");
      return { by: await stranger.certify({ profile: PROFILE.requestSigning, dnsNames: ["badge.example"] }) };
    },
  ],
  [
    "a root with the same name",
    "signature_wrong",
    async () => {
      const forged = await createAuthority();
      return { by: await forged.certify({ profile: PROFILE.requestSigning, dnsNames: ["badge.example"] }) };
    },
  ],
  ["a department's key", "certificate_purpose", (world) => ({ by: world.department })],
  [
    "a certificate that has expired",
    "certificate_expired",
    async (world) => ({
      by: await world.authority.certify({ profile: PROFILE.requestSigning, notAfter: NOW - 1 }),
    }),
  ],
  [
    "a certified organisation that the trust list does not name",
    "certificate_untrusted",
    async (world) => ({
      by: await world.authority.certify({
        profile: PROFILE.requestSigning,
        organisationId: "PDXGB-unlisted",
      }),
    }),
  ],
  [
    "a suspended service",
    "service_suspended",
    (world) => {
      const services = world.trustList.services.map((one) => ({ ...one, suspended: true }));
      world.trustList = { ...world.trustList, services };
      return {};
    },
  ],
  // --- what it was approved to ask
  ["no registration certificate", "registration_missing", () => ({ registration: null })],
  [
    "another service's registration",
    "registration_other",
    () => ({ registration: { payload: { sub: "PDXGB-other" } } }),
  ],
  [
    "an expired registration",
    "registration_expired",
    () => ({ registration: { payload: { exp: NOW - 1 } } }),
  ],
  [
    "a registration by the service itself",
    "registration_untrusted",
    (world) => ({ registration: { by: world.service } }),
  ],
  [
    "a registration by another network's registrar",
    "registration_untrusted",
    async () => {
      const stranger = await createAuthority("Strangers");
      return { registration: { by: await stranger.certify({ profile: PROFILE.registrar }) } };
    },
  ],
  [
    "a registration that was not approved in public",
    "registration_unlogged",
    () => ({ registration: { proof: async () => undefined } }),
  ],
  [
    "a registration whose proof is no text",
    "registration_unlogged",
    () => ({ registration: { proof: async () => 1 } }),
  ],
  [
    "a registration with another's place in the log",
    "registration_unlogged",
    (world) => ({ registration: { proof: (text) => proveLogged(world.log, `${text} `) } }),
  ],
  [
    "a registration in a log of its own",
    "registration_unlogged",
    () => ({ registration: { proof: async (text) => proveLogged(await createLog(), text) } }),
  ],
  ["more details than approved", "over_asking", () => query({ claims: [{ path: ["birthdate"] }] })],
  [
    "a whole object where a part was approved",
    "over_asking",
    () => query({ claims: [{ path: ["address"] }] }),
  ],
  ["another claim type", "over_asking", () => query({ meta: { vct_values: ["urn:pdx:claim:x:1"] } })],
  [
    "an approved type together with another",
    "over_asking",
    () => query({ meta: { vct_values: [VCT, "urn:x"] } }),
  ],
  ["any claim at all", "request_unsupported", () => query({ meta: {}, claims: undefined })],
  [
    "another format",
    "over_asking",
    () => query({ format: "mso_mdoc", meta: { doctype_value: VCT }, claims: undefined }),
  ],
  [
    "the sum of two approved alternatives",
    "over_asking",
    () => ({
      ...query({ claims: [{ path: ["family_name"] }, { path: ["birthdate"] }] }),
      registration: {
        payload: {
          pdx_alternatives: [[0], [1]],
          credentials: ["family_name", "birthdate"].map((name) => ({
            format: "dc+sd-jwt",
            meta: { vct_values: [VCT] },
            claim: [{ path: [name] }],
          })),
        },
      },
    }),
  ],
  // --- forms that another reader could take for something else
  [
    "an audience among others",
    "request_unsupported",
    () => payload({ aud: ["https://self-issued.me/v2", "x"] }),
  ],
  ["a nonce with other characters", "request_unsupported", () => payload({ nonce: "nonce-0123456789+/=" })],
  ["a state with other characters", "request_unsupported", () => payload({ state: "a b" })],
  ["a state that is no text", "request_unsupported", () => payload({ state: 1 })],
  ["a kid that is no text", "message_malformed", () => ({ header: { kid: 1 } })],
  [
    "no key binding and no state",
    "request_unsupported",
    () => ({ ...query({ require_cryptographic_holder_binding: false }), remove: ["state"] }),
  ],
  [
    "a key binding that is neither wanted nor unwanted",
    "request_unsupported",
    () => query({ require_cryptographic_holder_binding: "no" }),
  ],
  ["no values", "request_unsupported", () => query({ claims: [{ path: ["family_name"], values: [] }] })],
  [
    "values that are lists",
    "request_unsupported",
    () => query({ claims: [{ path: ["family_name"], values: [["x"]] }] }),
  ],
  [
    "claim sets over claims without names",
    "request_unsupported",
    () =>
      query({
        claims: [{ id: "a", path: ["family_name"] }, { path: ["address", "postal_code"] }],
        claim_sets: [["a"]],
      }),
  ],
  [
    "an authority that is no key identifier",
    "request_unsupported",
    () => query({ trusted_authorities: [{ type: "aki", values: ["=="] }] }),
  ],
  [
    "response_uri with an empty fragment",
    "request_unsupported",
    () => payload({ response_uri: `${SERVICE}/r#` }),
  ],
  [
    "response_uri with a backslash",
    "request_unsupported",
    () => payload({ response_uri: "https://badge.example\\@evil.example/r" }),
  ],
  ["response_uri with a line end", "request_unsupported", () => payload({ response_uri: `${SERVICE}/r\n` })],
  [
    "response_uri without slashes",
    "request_unsupported",
    () => payload({ response_uri: "https:badge.example/r" }),
  ],
  [
    "an encryption key off the curve",
    "request_unsupported",
    () =>
      payload({
        client_metadata: {
          jwks: {
            keys: [
              { kty: "EC", crv: "P-256", x: "A".repeat(43), y: "A".repeat(43), kid: "k1", alg: "ECDH-ES" },
            ],
          },
        },
      }),
  ],
  [
    "an encryption key without a name",
    "request_unsupported",
    async (world) =>
      payload({ client_metadata: { jwks: { keys: [await sealingKey(world, { kid: undefined })] } } }),
  ],
  [
    "a service that does not read our signatures",
    "request_unsupported",
    async (world) =>
      payload({
        client_metadata: {
          jwks: { keys: [await sealingKey(world)] },
          vp_formats_supported: { "dc+sd-jwt": { "kb-jwt_alg_values": ["ES384"] } },
        },
      }),
  ],
  [
    "a statement about a credential that is not asked for",
    "request_unsupported",
    async (world) =>
      payload({
        verifier_info: [
          { format: "registration_cert", data: await createRegistration(world), credential_ids: ["c9"] },
        ],
      }),
  ],
  // --- what a registration certificate must say
  ...(
    [
      ["without an end", "registration_untrusted", { exp: undefined }],
      ["for more than a year", "registration_expired", { iat: NOW - 3600, exp: NOW + 400 * 86_400 }],
      ["without entitlements", "registration_untrusted", { entitlements: undefined }],
      [
        "with a status",
        "registration_untrusted",
        { status: { status_list: { idx: 0, uri: "https://a.example/1" } } },
      ],
      ["entitled to something else", "registration_untrusted", { entitlements: ["https://x.example"] }],
      ["with no list of claims", "registration_untrusted", { credentials: [] }],
      [
        "with a type that is no text",
        "registration_untrusted",
        { credentials: [{ format: "dc+sd-jwt", meta: { vct_values: [VCT, 1] } }] },
      ],
      [
        "with a path of nothing",
        "registration_untrusted",
        { credentials: [{ format: "dc+sd-jwt", meta: { vct_values: [VCT] }, claim: [{ path: [] }] }] },
      ],
      ["with an alternative out of range", "registration_untrusted", { pdx_alternatives: [[0, 1]] }],
      ["with an alternative of fractions", "registration_untrusted", { pdx_alternatives: [[0.5]] }],
      ["with no alternative", "registration_untrusted", { pdx_alternatives: [] }],
      ["without a privacy policy", "registration_untrusted", { privacy_policy: undefined }],
      [
        "with a script for a privacy policy",
        "registration_untrusted",
        { privacy_policy: "javascript:alert(1)" },
      ],
      ["with nobody to complain to", "registration_untrusted", { supervisory_authority: {} }],
      ["without a description", "registration_untrusted", { srv_description: undefined }],
      ["without a law", "registration_untrusted", { pdx_law: undefined }],
      ["kept for no number of days", "registration_untrusted", { pdx_retention: { days: -1, text: [] } }],
    ] as [string, RefusalCode, JsonObject][]
  ).map(
    ([name, code, change]): Case => [
      `a registration ${name}`,
      code,
      () => ({ registration: { payload: change } }),
    ],
  ),
];

describe("a request that breaks a rule", () => {
  it("is looked at in every case of the list", () => {
    expect(CASES).toHaveLength(83);
    expect(new Set(CASES.map(([name]) => name)).size).toBe(83);
  });

  it.each(CASES)("%s: %s", async (_, code, changes) => {
    const world = await createWorld();
    const wallet = await createWallet(world);
    const link = await serveRequest(world, await changes(world));
    const opened = openRequest(wallet, parseLink(link) as Invocation & { kind: "present" });
    const refusal = asRefusal(await opened.then(() => "nothing was refused", asRefusal));
    expect(refusal.code).toBe(code);
    expect(world.sent.filter((one) => one.method === "POST")).toEqual([]);
  });

  it("comes from the service: one that somebody else hands on is not read (§15.8.2)", async () => {
    const world = await createWorld();
    const wallet = await createWallet(world);
    const link = await serveRequest(world);
    const relay = "https://relay.example";
    const served = world.handlers.get(`GET ${SERVICE}/request/1`);
    if (served !== undefined) world.handlers.set(`GET ${relay}/request/1`, served);
    const relayed = link.replace(encodeURIComponent(SERVICE), encodeURIComponent(relay));
    const opened = openRequest(wallet, parseLink(relayed) as Invocation & { kind: "present" });
    expect(asRefusal(await opened.then(() => "nothing was refused", asRefusal)).code).toBe("request_place");
    expect(world.sent.filter((one) => one.method === "POST")).toEqual([]);
  });

  it("is not what the good request is", async () => {
    const world = await createWorld();
    const wallet = await createWallet(world);
    const link = await serveRequest(world);
    const opened = await openRequest(wallet, parseLink(link) as Invocation & { kind: "present" });
    expect(opened.request.sealing.enc).toBe("A256GCM");
    expect(opened.request.clientId).toBe(await clientIdOf(world.service));
  });
});
