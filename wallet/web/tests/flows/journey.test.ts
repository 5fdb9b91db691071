/** The whole way: offer, claim kept, request, consent, answer; against a department and a service in this process. */

import "fake-indexeddb/auto";
import { deflateSync } from "node:zlib";
import { beforeEach, describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/protocol/encoding";
import { asRefusal } from "../../src/protocol/errors";
import { flatten } from "../../src/protocol/facts";
import { type Invocation, parseLink } from "../../src/protocol/link";
import { PROFILE } from "../../src/protocol/profile";
import { reasonFor } from "../../src/protocol/registration";
import { countCopies, deleteEverything, listClaims, listRecords } from "../../src/store";
import { redeem } from "../../src/usecases/acceptOffer";
import { sealAnswer, sealRefusal, sendAnswer } from "../../src/usecases/answerRequest";
import { collect } from "../../src/usecases/collectClaims";
import { loadTrust } from "../../src/usecases/loadTrust";
import { openOffer } from "../../src/usecases/openOffer";
import { openRequest, type PreparedChoice } from "../../src/usecases/openRequest";
import { refreshDoubted, refreshStatus } from "../../src/usecases/refreshStatus";
import type { Wallet } from "../../src/wallet";
import { createAuthority, signJws } from "../world/authority";
import {
  clientIdOf,
  createWallet,
  createWorld,
  ISSUER,
  json,
  NOW,
  openAnswer,
  SERVICE,
  serveRequest,
  signedHead,
  VCT,
  verifyPresentation,
  type World,
} from "../world/network";

const OFFER_LINK = `https://wallet.example/add?credential_offer_uri=${encodeURIComponent(`${ISSUER}/offers/1`)}`;

function add(link = OFFER_LINK) {
  return parseLink(link) as Invocation & { kind: "add" };
}

function present(link: string) {
  return parseLink(link) as Invocation & { kind: "present" };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => "nothing was refused",
    (error: unknown) => asRefusal(error).code,
  );
}

let world: World;
let wallet: Wallet;

beforeEach(async () => {
  world = await createWorld();
  wallet = await createWallet(world);
});

async function getClaim(): Promise<void> {
  await collect(wallet, await redeem(wallet, await openOffer(wallet, add()), "123456"));
}

describe("getting a claim", () => {
  it("keeps one claim with as many one-time copies as the department gives, each with its own key", async () => {
    const opened = await openOffer(wallet, add());
    expect(opened.issuerName.en).toBe("Department");
    expect(opened.claims[0]?.type.name).toEqual({
      en: "8 points for moving around",
      cy: "8 pwynt am symud o gwmpas",
    });
    expect(opened.transactionCode).toEqual({ numeric: true, length: 6 });
    await collect(wallet, await redeem(wallet, opened, "123456"));
    const [claim] = await listClaims(wallet.store);
    expect(claim?.facts).toEqual({
      family_name: "O’Neill",
      address: { postal_code: "ZZ1 2AB" },
      birthdate: "1980-02-29",
    });
    const copies = await wallet.store.getAll("copies");
    expect(copies).toHaveLength(3);
    expect(new Set(copies.map((copy) => copy.key.publicJwk.x)).size).toBe(3);
    expect(copies.every((copy) => !copy.key.privateKey.extractable)).toBe(true);
  });

  it("asks the department nothing before the trust list has named it", async () => {
    const foreign = {
      credential_issuer: "https://evil.example",
      credential_configuration_ids: ["x"],
      grants: {},
    };
    const link = `https://wallet.example/add?credential_offer=${encodeURIComponent(JSON.stringify(foreign))}`;
    expect(await codeOf(openOffer(wallet, add(link)))).toBe("issuer_unknown");
    expect(new Set(world.sent.map((one) => new URL(one.url).host))).toEqual(new Set(["authority.example"]));
  });

  it("counts wrong codes and says when the offer is locked", async () => {
    const opened = await openOffer(wallet, add());
    const refusal = await redeem(wallet, opened, "000000").catch(asRefusal);
    expect(refusal).toMatchObject({ code: "code_wrong", count: 4 });
    world.state.triesLeft = 1;
    expect(await codeOf(redeem(wallet, opened, "000000"))).toBe("code_locked");
  });

  it.each([429, 503])("can be tried again when the department has too much to do (%i)", async (status) => {
    const busy = () =>
      json({ error: "temporarily_unavailable", error_description: "try again later" }, status);
    const opened = await openOffer(wallet, add());
    const token = world.handlers.get(`POST ${ISSUER}/token`);
    world.handlers.set(`POST ${ISSUER}/token`, busy);
    expect(await codeOf(redeem(wallet, opened, "123456"))).toBe("peer_failed");
    world.handlers.set(`POST ${ISSUER}/token`, token as NonNullable<typeof token>);
    await redeem(wallet, opened, "123456");
    world.handlers.set(`GET ${ISSUER}/offers/1`, busy);
    expect(await codeOf(openOffer(wallet, add()))).toBe("peer_failed");
  });

  it("says that a used offer is over", async () => {
    world.state.redeemed = true;
    expect(await codeOf(redeem(wallet, await openOffer(wallet, add()), "123456"))).toBe("offer_used");
  });

  it("collects again when the connection broke after the code was accepted", async () => {
    const grant = await redeem(wallet, await openOffer(wallet, add()), "123456");
    const good = world.handlers.get(`POST ${ISSUER}/credential`);
    world.handlers.set(`POST ${ISSUER}/credential`, () => {
      throw new TypeError("the connection broke");
    });
    expect(await codeOf(collect(wallet, grant))).toBe("offline");
    expect(await listClaims(wallet.store)).toEqual([]);
    world.handlers.set(`POST ${ISSUER}/credential`, good as never);
    await collect(wallet, grant);
    expect(await listClaims(wallet.store)).toHaveLength(1);
  });

  it("fetches a new nonce once when the first ran out", async () => {
    const grant = await redeem(wallet, await openOffer(wallet, add()), "123456");
    let first = true;
    const nonce = world.handlers.get(`POST ${ISSUER}/nonce`) as () => Response;
    world.handlers.set(`POST ${ISSUER}/nonce`, () => {
      const reply = first ? json({ c_nonce: "stale" }) : nonce();
      first = false;
      return reply;
    });
    await collect(wallet, grant);
    expect(await listClaims(wallet.store)).toHaveLength(1);
  });

  const bad = [
    ["of another type", "claim_type_mismatch", { vct: "urn:pdx:claim:dwp:other:1" }],
    ["that has expired", "claim_expired", { exp: 1_794_999_999 }],
    ["from the future", "claim_expired", { iat: 1_795_000_900 }],
    [
      "bound to another key",
      "claim_not_mine",
      { cnf: { jwk: { kty: "EC", crv: "P-256", x: "AA", y: "AA" } } },
    ],
    ["with another issuer's name", "issuer_other", { iss: "https://veterans.example" }],
    ["with an insecure name of its issuer", "issuer_other", { iss: "http://dwp.example" }],
    ["that can neither end nor be withdrawn", "claim_malformed", { exp: undefined, status: undefined }],
    ["whose status stands nowhere", "claim_malformed", { status: { other: {} } }],
    [
      "that shares its status entry with its copies",
      "claim_malformed",
      { status: { status_list: { idx: 1, uri: `${ISSUER}/status/1` } } },
    ],
    ["that is another type's as well", "claim_malformed", { aka_vcts: [VCT] }],
    ["whose type has another integrity", "claim_type_mismatch", { "vct#integrity": "sha256-AAAA" }],
  ] as const;
  it.each(bad)("refuses a claim %s: %s", async (_, code, change) => {
    world.state.change = (payload) => ({ ...payload, ...change }) as JsonObject;
    expect(await codeOf(getClaim())).toBe(code);
    expect(await listClaims(wallet.store)).toEqual([]);
  });

  it.each([
    ["the host of its certificate", "https://dwp.example/claims"],
    ["an address in its certificate, as in a demonstration without https", "http://localhost:8401"],
  ])("takes a claim whose issuer is named by %s", async (_, iss) => {
    const names = { dnsNames: ["dwp.example"], uris: ["http://localhost:8401"] };
    const member = { profile: PROFILE.claimSigning, organisationId: "PDXGB-dwp" };
    world.department = await world.authority.certify({ ...member, ...names });
    world.state.change = (payload) => ({ ...payload, iss });
    await getClaim();
    expect(await listClaims(wallet.store)).toHaveLength(1);
  });

  it("believes the network's own root only as the list says, also where it was set as an outsider's", async () => {
    const [root] = wallet.config.rootCertificates as [string];
    const other = await createAuthority("Somebody else");
    const config = {
      ...wallet.config,
      extraIssuerAnchors: [root, other.rootPem],
      extraServiceAnchors: [root],
    };
    const trust = await loadTrust({ ...wallet, config });
    expect(trust.extraIssuerAnchors).toEqual([other.root]);
    expect(trust.extraServiceAnchors).toEqual([]);
  });

  it("refuses copies with the same salts, which would join them", async () => {
    world.state.newSalts = () => {
      let number = 0;
      return () => `AAAAAAAAAAAAAAAAAAAA${10 + number++}`;
    };
    expect(await codeOf(getClaim())).toBe("claim_malformed");
  });

  it("refuses a claim with a second way to confirm its holder", async () => {
    world.state.change = (payload) => ({ ...payload, cnf: { ...(payload.cnf as object), kid: "other" } });
    expect(await codeOf(getClaim())).toBe("claim_malformed");
  });

  it("keeps a claim no longer than its shortest copy", async () => {
    world.state.change = (payload, index) => ({ ...payload, exp: NOW + (index === 1 ? 1000 : 9000) });
    await getClaim();
    expect((await listClaims(wallet.store))[0]?.expiresAt).toBe(NOW + 1000);
  });

  it("tells the citizen of everything that is always seen, whatever its name", async () => {
    world.state.change = (payload) => ({ ...payload, sub: "AB123456C" });
    await getClaim();
    expect((await listClaims(wallet.store))[0]?.facts).toHaveProperty("sub");
  });

  it("refuses a claim by another department than the one that offered it", async () => {
    const claim_types = world.trustList.claim_types.map((one) => ({
      ...one,
      departments: ["PDXGB-dwp", "PDXGB-veterans"],
    }));
    world.trustList = { ...world.trustList, claim_types };
    const veterans = { profile: PROFILE.claimSigning, organisationId: "PDXGB-veterans" };
    Object.assign(world, { department: await world.authority.certify(veterans) });
    expect(await codeOf(getClaim())).toBe("issuer_other");
  });

  it("takes a department only at the very address that the trust list names", async () => {
    const offer = (await import("../world/network")).OFFER;
    world.handlers.set(`GET ${ISSUER}/offers/1`, () => json({ ...offer, credential_issuer: `${ISSUER}/` }));
    expect(await codeOf(getClaim())).toBe("issuer_unknown");
  });

  it("refuses copies that do not say the same", async () => {
    world.state.change = (payload, index) => (index === 1 ? { ...payload, family_name: "Other" } : payload);
    expect(await codeOf(getClaim())).toBe("claim_malformed");
  });

  it("refuses copies of which one shows what the others keep back", async () => {
    world.state.concealed = (index) => (index === 1 ? ["family_name"] : ["family_name", "birthdate"]);
    expect(await codeOf(getClaim())).toBe("claim_malformed");
  });

  it.each([
    ["nothing", []],
    ["one thing twice", ["moving", "moving"]],
    ["more than anybody could look at", Array.from({ length: 17 }, (_, at) => `moving-${at}`)],
  ])("refuses an offer of %s", async (_, credential_configuration_ids) => {
    const offer = (await import("../world/network")).OFFER;
    world.handlers.set(`GET ${ISSUER}/offers/1`, () => json({ ...offer, credential_configuration_ids }));
    expect(["offer_unsupported", "offer_used"]).toContain(await codeOf(getClaim()));
    expect(world.sent.some((one) => one.url.endsWith("/token"))).toBe(false);
  });

  it("refuses a good signature by a department that is not named for the claim type", async () => {
    const { claimSigning } = (await import("../../src/protocol/profile")).PROFILE;
    const veterans = { profile: claimSigning, organisationId: "PDXGB-veterans" };
    Object.assign(world, { department: await world.authority.certify(veterans) });
    expect(await codeOf(getClaim())).toBe("issuer_other");
  });
});

describe("answering a service", () => {
  beforeEach(getClaim);

  async function open(changes = {}) {
    return await openRequest(wallet, present(await serveRequest(world, changes)));
  }

  it("shows who asks what and why, and exactly what would be sent", async () => {
    const { registration, choices } = await open();
    expect(registration).toMatchObject({
      organisationName: "Badge team",
      purpose: { en: "To decide about your badge" },
      law: { en: "Regulation 4" },
      retention: { en: "90 days" },
      objection: { en: "Write to us" },
      support: "mailto:badge@badge.example",
      supportPhone: "+44 1632 960001",
    });
    expect(reasonFor(["address", "postal_code"], registration.needs)).toEqual({ en: "You must live here" });
    expect(reasonFor(["family_name"], registration.needs)).toBeUndefined();
    expect(choices).toHaveLength(1);
    expect(choices[0]?.items[0]?.shown).toEqual({ address: { postal_code: "ZZ1 2AB" } });
    expect(choices[0]?.items[0]?.hidden).toEqual({ family_name: "O’Neill", birthdate: "1980-02-29" });
  });

  it("takes a registration that says nothing of reasons, objections and a telephone", async () => {
    const unsaid = { pdx_needs: undefined, pdx_objection: undefined, pdx_support_phone: undefined };
    const payload = unsaid as unknown as JsonObject;
    const { registration } = await open({ registration: { payload } });
    expect([registration.needs, registration.objection, registration.supportPhone]).toEqual([
      [],
      undefined,
      undefined,
    ]);
  });

  it("sends what was agreed to and nothing else, and other people's software verifies it", async () => {
    world.handlers.set(`POST ${SERVICE}/response/1`, () => json({ redirect_uri: `${SERVICE}/done#code` }));
    const opened = await open();
    const answer = await sealAnswer(wallet, opened, opened.choices[0] as PreparedChoice);
    expect(await sendAnswer(wallet, answer)).toEqual({
      redirectUri: `${SERVICE}/done#code`,
      isAtHome: true,
    });
    const posted = world.sent.filter((one) => one.method === "POST" && one.url.startsWith(SERVICE));
    expect(posted).toHaveLength(1);
    expect([...new URLSearchParams(posted[0]?.body).keys()]).toEqual(["response"]);
    const payload = await openAnswer(world, posted[0]?.body as string);
    expect(Object.keys(payload).sort()).toEqual(["state", "vp_token"]);
    const [presentation] = (payload.vp_token as { c1: string[] }).c1;
    const expected = { audience: await clientIdOf(world.service), nonce: "nonce-0123456789abcdef" };
    const claims = await verifyPresentation(world, presentation as string, expected);
    expect(claims).toMatchObject({ vct: VCT, address: { postal_code: "ZZ1 2AB" } });
    expect(claims).not.toHaveProperty("family_name");
    expect(claims).not.toHaveProperty("birthdate");
    expect((await listRecords(wallet.store))[0]).toMatchObject({
      outcome: "shared",
      organisationName: { en: "Badge team" },
      register: { en: "https://authority.example/register/en/questions/badge/badge.html" },
      // what was shown, and nothing that stands beside it
      shared: [{ attributes: [{ en: "Postcode" }] }],
    });
  });

  it("answers a request once, also when two tabs race", async () => {
    const [claim] = await listClaims(wallet.store);
    const opened = await open();
    const choice = opened.choices[0] as PreparedChoice;
    const results = await Promise.allSettled([1, 2, 3].map(() => sealAnswer(wallet, opened, choice)));
    expect(results.filter((one) => one.status === "fulfilled")).toHaveLength(1);
    expect(await codeOf(sealAnswer(wallet, opened, choice))).toBe("already_answered");
    expect(await countCopies(wallet.store, claim?.id as string)).toBe(2);
  });

  it("never shows a copy twice, and keeps nothing of an answer that came to nothing", async () => {
    const shown = new Set<string>();
    for (const at of [1, 2, 3]) {
      const opened = await open({ payload: { nonce: `nonce-0123456789-${at}` } });
      const answer = await sealAnswer(wallet, opened, opened.choices[0] as PreparedChoice);
      const { vp_token } = (await openAnswer(world, answer.body)) as { vp_token: { c1: string[] } };
      shown.add((vp_token.c1[0] as string).split("~")[0] as string);
    }
    expect(shown.size).toBe(3);
    const before = (await listRecords(wallet.store)).length;
    expect((await open({ payload: { nonce: "nonce-0123456789-4" } })).choices).toEqual([]);
    expect((await listRecords(wallet.store)).length).toBe(before);
  });

  it("leaves no record when the last copy went in the meantime", async () => {
    const opened = await open();
    await wallet.store.clear("copies");
    expect(await codeOf(sealAnswer(wallet, opened, opened.choices[0] as PreparedChoice))).toBe("copies_used");
    expect(await listRecords(wallet.store)).toEqual([]);
  });

  it("sends the same bytes again when the connection broke", async () => {
    world.handlers.set(`POST ${SERVICE}/response/1`, () => {
      throw new TypeError("the connection broke");
    });
    const opened = await open();
    const answer = await sealAnswer(wallet, opened, opened.choices[0] as PreparedChoice);
    expect(await codeOf(sendAnswer(wallet, answer))).toBe("offline");
    expect((await listRecords(wallet.store))[0]?.outcome).toBe("unknown");
    world.handlers.set(`POST ${SERVICE}/response/1`, () => json({}));
    expect(await sendAnswer(wallet, answer)).toMatchObject({ redirectUri: undefined });
    const bodies = world.sent.filter((one) => one.url.endsWith("/response/1")).map((one) => one.body);
    expect(new Set(bodies).size).toBe(1);
  });

  it("says no without saying why", async () => {
    world.handlers.set(`POST ${SERVICE}/response/1`, () => json({}));
    const opened = await open();
    await sendAnswer(wallet, await sealRefusal(wallet, opened));
    const payload = await openAnswer(world, world.sent.at(-1)?.body as string);
    expect(payload).toEqual({ error: "access_denied", state: "state-1" });
    expect(await countCopies(wallet.store, (await listClaims(wallet.store))[0]?.id as string)).toBe(3);
  });

  it("fetches by POST with a nonce of its own and insists on it", async () => {
    const link = `${await serveRequest(world)}&request_uri_method=post`;
    expect((await openRequest(wallet, present(link))).choices).toHaveLength(1);
    const posted = world.sent.findLast((one) => one.method === "POST");
    expect(posted?.body).toMatch(/^wallet_nonce=[\w-]{43}$/);
    const stale = await serveRequest(world);
    world.handlers.set(`POST ${SERVICE}/request/1`, world.handlers.get(`GET ${SERVICE}/request/1`) as never);
    expect(await codeOf(openRequest(wallet, present(`${stale}&request_uri_method=post`)))).toBe(
      "request_changed",
    );
  });

  it("shows nothing of a claim when the bare claim is asked", async () => {
    const dcql_query = { credentials: [{ id: "c1", format: "dc+sd-jwt", meta: { vct_values: [VCT] } }] };
    const { choices } = await open({ payload: { dcql_query } });
    expect(flatten(choices[0]?.items[0]?.shown ?? { all: 1 })).toEqual([]);
  });

  it("says what is missing and where to get it", async () => {
    await wallet.store.clear("copies");
    const { choices, missing } = await open();
    expect(choices).toEqual([]);
    expect(missing[0]?.[0]?.problem).toBe("used");
    expect(missing[0]?.[0]?.statement.en).toBe("8 points for moving around");
    expect(missing[0]?.[0]?.departments[0]?.name.en).toBe("Department");
  });

  it("takes no copy for a service whose key can't seal anything", async () => {
    const { kty, crv, y } = (await crypto.subtle.exportKey("jwk", world.encryption.publicKey)) as never as {
      [name: string]: string;
    };
    const bad = { kty, crv, y, x: y, kid: "k0", alg: "ECDH-ES" } as JsonObject;
    const good = { ...(await crypto.subtle.exportKey("jwk", world.encryption.publicKey)) } as JsonObject;
    const keys = [bad, { kty, crv, x: good.x, y, kid: "k1", alg: "ECDH-ES" }] as JsonObject[];
    const opened = await open({ payload: { client_metadata: { jwks: { keys } } } });
    expect(opened.request.sealing.kid).toBe("k1");
  });

  it("has been shared although the phone is too full to write that down", async () => {
    world.handlers.set(`POST ${SERVICE}/response/1`, () => json({}));
    const opened = await open();
    const answer = await sealAnswer(wallet, opened, opened.choices[0] as PreparedChoice);
    const fail = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    const full = {
      ...wallet,
      store: new Proxy(wallet.store, {
        get: (store, name) => {
          if (name === "put") return async () => fail();
          const member: unknown = name === "transaction" ? fail : Reflect.get(store, name);
          return typeof member === "function" ? member.bind(store) : member;
        },
      }),
    };
    expect(await sendAnswer(full, answer)).toMatchObject({ redirectUri: undefined });
    // nor does a full phone keep anybody from asking
    expect((await openRequest(full, present(await serveRequest(world)))).choices).toHaveLength(1);
  });

  it("leads nowhere but to the web", async () => {
    const opened = await open();
    const answer = await sealRefusal(wallet, opened);
    for (const redirect_uri of [
      "javascript:alert(1)",
      "http://badge.example/x",
      "otherapp://x",
      "https://badge.example@evil.example/",
      "https:evil.example",
      5,
    ]) {
      world.handlers.set(`POST ${SERVICE}/response/1`, () => json({ redirect_uri }));
      expect(await sendAnswer(wallet, answer)).toMatchObject({ redirectUri: undefined });
    }
  });

  it("leads by itself only to a host that the service's certificate names", async () => {
    const opened = await open();
    const answer = await sealRefusal(wallet, opened);
    const redirect_uri = "https://elsewhere.example/done";
    world.handlers.set(`POST ${SERVICE}/response/1`, () => json({ redirect_uri }));
    expect(await sendAnswer(wallet, answer)).toEqual({ redirectUri: redirect_uri, isAtHome: false });
  });

  it("spends no copy on a request that ran out while it was being read", async () => {
    const opened = await open();
    const [claim] = await listClaims(wallet.store);
    const late: Wallet = { ...wallet, now: () => NOW + 300 + 60 };
    expect(await codeOf(sealAnswer(late, opened, opened.choices[0] as PreparedChoice))).toBe(
      "request_expired",
    );
    expect(await countCopies(wallet.store, claim?.id as string)).toBe(3);
    expect(await listRecords(wallet.store)).toEqual([]);
  });

  it("writes down that the service took no answer, and a no as a no", async () => {
    world.handlers.set(`POST ${SERVICE}/response/1`, () => json({ error: "invalid_request" }, 400));
    const opened = await open();
    const answer = await sealAnswer(wallet, opened, opened.choices[0] as PreparedChoice);
    expect(await codeOf(sendAnswer(wallet, answer))).toBe("answer_refused");
    expect((await listRecords(wallet.store))[0]?.outcome).toBe("refused");
    const other = await open({ payload: { nonce: "nonce-0123456789-other" } });
    expect(await codeOf(sendAnswer(wallet, await sealRefusal(wallet, other)))).toBe("answer_refused");
    expect((await listRecords(wallet.store)).map((one) => one.outcome).sort()).toEqual([
      "declined",
      "refused",
    ]);
  });

  it("takes a refusal that is no JSON as one", async () => {
    world.handlers.set(`POST ${SERVICE}/response/1`, () => new Response("no", { status: 400 }));
    const opened = await open();
    const answer = await sealAnswer(wallet, opened, opened.choices[0] as PreparedChoice);
    expect(await codeOf(sendAnswer(wallet, answer))).toBe("answer_refused");
  });

  it("brings back no record that was deleted while the answer was on its way", async () => {
    const opened = await open();
    const answer = await sealAnswer(wallet, opened, opened.choices[0] as PreparedChoice);
    world.handlers.set(`POST ${SERVICE}/response/1`, async () => {
      await deleteEverything(wallet.store);
      return json({});
    });
    await sendAnswer(wallet, answer);
    expect(await listRecords(wallet.store)).toEqual([]);
  });
});

describe("the trust list", () => {
  const LIST = "https://authority.example/trust-list-head.jwt";
  const later = (seconds: number): Wallet => ({ ...wallet, now: () => NOW + seconds });
  const republish = (sequence: number, change = "Department") => {
    const text = JSON.stringify(world.trustList).replace('"Department"', `"${change}"`);
    const next_update = NOW + 30 * 86_400;
    world.trustList = { ...JSON.parse(text), sequence_number: sequence, next_update };
  };

  it("is not taken back after the newer one has run out", async () => {
    await loadTrust(wallet);
    republish(6);
    const opened = loadTrust(later(2 * 86_400));
    expect(await codeOf(opened)).toBe("trust_list_invalid");
    republish(7, "Forgery");
    expect(await codeOf(loadTrust(later(2 * 86_400)))).toBe("trust_list_invalid");
    republish(8);
    expect((await loadTrust(later(2 * 86_400))).trustList.sequence).toBe(8);
  });

  const fetched = (what: string) => world.sent.filter((one) => one.url.includes(what)).length;

  it("is fetched by its head and the parts that a request needs, and a part only once", async () => {
    const first = await loadTrust(wallet);
    expect([fetched("/trust-list-head.jwt"), fetched("/parts/")]).toEqual([1, 0]);
    expect((await first.trustList.service("PDXGB-badge"))?.url).toBe(SERVICE);
    expect(await first.trustList.service("PDXGB-nobody")).toBeUndefined();
    await (await loadTrust(wallet)).trustList.service("PDXGB-badge");
    expect([fetched("/trust-list-head.jwt"), fetched("/parts/")]).toEqual([2, 1]);
  });

  it("never says by a part that can't be had that somebody is not listed", async () => {
    const { trustList } = await loadTrust(wallet);
    world.handlers.delete("GET https://authority.example/trust-list/parts");
    expect(await codeOf(trustList.service("PDXGB-badge"))).toBe("trust_list_unavailable");
  });

  it("is not kept where a part was changed on the way", async () => {
    const parts = "GET https://authority.example/trust-list/parts";
    const honest = world.handlers.get(parts);
    world.handlers.set(parts, () => json({ services: [] }));
    const { trustList } = await loadTrust(wallet);
    expect(await codeOf(trustList.service("PDXGB-badge"))).toBe("trust_list_invalid");
    if (honest !== undefined) world.handlers.set(parts, honest);
    const { trustList: again } = await loadTrust(wallet);
    expect(await again.service("PDXGB-badge")).toBeDefined();
  });

  it("answers without the authority by what is kept", async () => {
    await (await loadTrust(wallet)).trustList.service("PDXGB-badge");
    for (const name of [`GET ${LIST}`, "GET https://authority.example/trust-list/parts"])
      world.handlers.delete(name);
    const { trustList } = await loadTrust(later(86_399));
    expect(await trustList.service("PDXGB-badge")).toBeDefined();
    expect(await codeOf(loadTrust(later(86_400)))).toBe("trust_list_expired");
  });

  it("serves without the authority within the grace that it states, and fresh from it not at all", async () => {
    world.trustList = { ...world.trustList, grace_seconds: 86_400 };
    await loadTrust(wallet);
    expect(await codeOf(loadTrust(later(86_400)))).toBe("trust_list_expired");
    world.handlers.delete(`GET ${LIST}`);
    expect((await loadTrust(later(2 * 86_400 - 1))).trustList.sequence).toBe(7);
    expect(await codeOf(loadTrust(later(2 * 86_400)))).toBe("trust_list_expired");
  });

  it("leaves no part on the phone for longer than a month", async () => {
    const keptParts = async () =>
      (await wallet.store.getAllKeys("files")).filter((url) => url.includes("/parts/"));
    await (await loadTrust(wallet)).trustList.service("PDXGB-badge");
    world.trustList = { ...world.trustList, sequence_number: 8, next_update: NOW + 60 * 86_400 };
    await loadTrust(later(30 * 86_400));
    expect(await keptParts()).toHaveLength(1);
    await loadTrust(later(30 * 86_400 + 1));
    expect(await keptParts()).toEqual([]);
    expect(await wallet.store.getAllKeys("files")).toHaveLength(1);
  });

  it("is not taken back even after its signer's certificate has run out", async () => {
    const short = {
      profile: PROFILE.trustList,
      organisationId: "PDXGB-authority",
      organisationName: "Test authority",
    };
    const signer = await world.authority.certify({ ...short, notAfter: NOW + 1000 });
    world.handlers.set(`GET ${LIST}`, async () => new Response(await signedHead(world, signer)));
    await loadTrust(wallet);
    republish(6);
    world.handlers.set(`GET ${LIST}`, async () => new Response(await signedHead(world)));
    expect(await codeOf(loadTrust(later(2000)))).toBe("trust_list_invalid");
  });
});

describe("a claim that the department withdraws", () => {
  const STATUS = `${ISSUER}/status/1`;
  const DAY = 86_400;

  /** A status list of zeros, with the given entries revoked. */
  function serveStatus(revoked: readonly number[], by = world.statusSigner, now = NOW + DAY): void {
    const packed = Buffer.alloc(16);
    for (const index of revoked) packed[index >> 3] = (packed[index >> 3] ?? 0) | (1 << (index & 7));
    const status_list = { bits: 1, lst: Buffer.from(deflateSync(packed)).toString("base64url") };
    world.handlers.set(`GET ${STATUS}`, async () => {
      const payload = { sub: STATUS, iat: now, exp: now + 600, status_list };
      return new Response(await signJws(by, payload, { typ: "statuslist+jwt" }));
    });
  }

  const asked = () => world.sent.filter((one) => one.url === STATUS).length;
  const tomorrow = () => Object.assign(wallet, { now: () => NOW + DAY });
  const status = async () => (await listClaims(wallet.store))[0]?.status;

  // The trust list of these tests is good for a day.
  beforeEach(async () => {
    await getClaim();
    world.trustList = { ...world.trustList, next_update: NOW + 9 * DAY, sequence_number: 8 };
  });

  it("is found out at most once a day, and then not used any more", async () => {
    serveStatus([5, 6, 7]);
    expect(await refreshStatus(wallet)).toBe(false);
    expect(asked()).toBe(0);
    tomorrow();
    expect(await refreshStatus(wallet)).toBe(true);
    expect(await status()).toBe("revoked");
    expect(await refreshStatus(wallet)).toBe(false);
    expect(asked()).toBe(1);
    const request = await serveRequest(world, {
      payload: { iat: NOW + DAY, exp: NOW + DAY + 60 },
      registration: { payload: { exp: NOW + 9 * DAY } },
    });
    const { choices, missing } = await openRequest(wallet, present(request));
    expect(choices).toEqual([]);
    expect(missing[0]?.[0]?.problem).toBe("revoked");
  });

  it("stays good when it is not in the list of the withdrawn", async () => {
    serveStatus([4]);
    tomorrow();
    expect(await refreshStatus(wallet)).toBe(false);
    expect(await status()).toBe("valid");
  });

  it("is not brought back by a list that arrives after it was deleted", async () => {
    serveStatus([5]);
    const list = world.handlers.get(`GET ${STATUS}`) as () => Promise<Response>;
    world.handlers.set(`GET ${STATUS}`, async () => {
      await deleteEverything(wallet.store);
      return await list();
    });
    tomorrow();
    await refreshStatus(wallet);
    expect(await listClaims(wallet.store)).toEqual([]);
  });

  it("is asked about again when the list can't be had", async () => {
    tomorrow();
    expect(await refreshStatus(wallet)).toBe(false);
    serveStatus([5, 6, 7]);
    expect(await refreshStatus(wallet)).toBe(true);
  });

  it("is not believed withdrawn, nor good, by another department's list", async () => {
    const { statusSigning } = PROFILE;
    serveStatus(
      [],
      await world.authority.certify({ profile: statusSigning, organisationId: "PDXGB-veterans" }),
    );
    tomorrow();
    await refreshStatus(wallet);
    expect(await status()).toBe("unknown");
  });

  it.each([
    ["revoked", "refused_revoked"],
    ["status_unknown", "refused_status"],
    ["something new", "answer_refused"],
  ])("is refused by a service as %s: said in the wallet's words", async (claim_problem, code) => {
    const body = { error: "invalid_request", error_description: "Call 0900 and pay", claim_problem };
    world.handlers.set(`POST ${SERVICE}/response/1`, () => json(body, 400));
    const opened = await openRequest(wallet, present(await serveRequest(world)));
    const answer = await sealAnswer(wallet, opened, opened.choices[0] as PreparedChoice);
    expect(await codeOf(sendAnswer(wallet, answer))).toBe(code);
    expect((await listRecords(wallet.store))[0]?.outcome).toBe("refused");
  });

  it("is not believed withdrawn by a service's word, but looked at when its owner next looks", async () => {
    serveStatus([6, 7], world.statusSigner, NOW);
    const refused = () => json({ error: "invalid_request", claim_problem: "revoked" }, 400);
    world.handlers.set(`POST ${SERVICE}/response/1`, refused);
    const opened = await openRequest(wallet, present(await serveRequest(world)));
    const answer = await sealAnswer(wallet, opened, opened.choices[0] as PreparedChoice);
    expect(await refreshDoubted(wallet)).toBe(false);
    expect(await codeOf(sendAnswer(wallet, answer))).toBe("refused_revoked");
    expect([await status(), asked()]).toEqual(["valid", 0]);
    serveStatus([5, 6, 7], world.statusSigner, NOW);
    expect(await refreshDoubted(wallet)).toBe(true);
    expect([await status(), asked()]).toEqual(["revoked", 1]);
    expect(await refreshDoubted(wallet)).toBe(false);
    expect(asked()).toBe(1);
  });

  it("is not what a service refused when it was told no", async () => {
    const refused = () => json({ error: "invalid_request", claim_problem: "revoked" }, 400);
    world.handlers.set(`POST ${SERVICE}/response/1`, refused);
    const opened = await openRequest(wallet, present(await serveRequest(world)));
    expect(await codeOf(sendAnswer(wallet, await sealRefusal(wallet, opened)))).toBe("answer_refused");
  });

  it("is never asked about while a request is answered: the department would learn of it", async () => {
    serveStatus([]);
    world.handlers.set(`POST ${SERVICE}/response/1`, () => json({}));
    const opened = await openRequest(wallet, present(await serveRequest(world)));
    world.sent.length = 0;
    await sendAnswer(wallet, await sealAnswer(wallet, opened, opened.choices[0] as PreparedChoice));
    expect(world.sent.map((one) => one.url)).toEqual([`${SERVICE}/response/1`]);
    expect(asked()).toBe(0);
  });
});
