import { deflateSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { base64urlEncode, type JsonObject } from "../../src/protocol/encoding";
import { PROFILE } from "../../src/protocol/profile";
import { readStatusReference, statusAt, verifyStatusList } from "../../src/protocol/statusList";
import type { Trust } from "../../src/protocol/trust";
import { type Authority, createAuthority, NOW, type Signer, signJws } from "../world/authority";
import { readVectors } from "../world/vectors";

interface Vector {
  readonly section: string;
  readonly bits: number;
  readonly lst: string;
  readonly statuses: Record<string, number>;
}

const { lists } = readVectors<{ lists: Vector[] }>("status_list/draft14.json");
const URI = "https://dwp.example/status/1";
const MEANINGS = ["valid", "revoked", "suspended"];
let authority: Authority;
let signer: Signer;
let trust: Trust;

beforeAll(async () => {
  authority = await createAuthority();
  signer = await authority.certify({ profile: PROFILE.statusSigning, organisationId: "PDXGB-dwp" });
  trust = {
    anchors: [authority.root],
    extraIssuerAnchors: [],
    extraServiceAnchors: [],
    trustList: {
      department: async (id: string) => (id === "PDXGB-dwp" ? {} : undefined),
      revokedKeys: new Set(),
    },
  } as unknown as Trust;
});

function token(payload: JsonObject, by = signer, typ = "statuslist+jwt"): Promise<string> {
  const good = {
    sub: URI,
    iat: NOW,
    exp: NOW + 1000,
    ttl: 100,
    status_list: { bits: 1, lst: "eNrbuRgAAhcBXQ" },
  };
  return signJws(by, { ...good, ...payload }, { typ });
}

const rules = () => ({ trust, now: NOW, expectedUri: URI });

describe("lists of the draft (vectors shared with Python)", () => {
  it("are all there", () => {
    expect(lists).toHaveLength(6);
  });

  it.each(lists.map((one) => [`${one.section}, ${one.bits} bits`, one] as const))("%s", async (_, vector) => {
    const { bits, lst } = vector;
    const list = await verifyStatusList(await token({ status_list: { bits, lst } }), rules());
    for (const [index, status] of Object.entries(vector.statuses))
      expect(statusAt(list, Number(index))).toBe(MEANINGS[status] ?? "unknown");
  });
});

describe("a status list", () => {
  it("is fresh for its ttl, and not beyond its end", async () => {
    expect((await verifyStatusList(await token({}), rules())).freshUntil).toBe(NOW + 100);
    expect((await verifyStatusList(await token({ ttl: 9999 }), rules())).freshUntil).toBe(NOW + 1000);
  });

  it("has no entry outside", async () => {
    const list = await verifyStatusList(await token({}), rules());
    expect(() => statusAt(list, 16)).toThrowError(expect.objectContaining({ code: "status_unavailable" }));
  });

  const bomb = base64urlEncode(new Uint8Array(deflateSync(Buffer.alloc(3_000_000))));
  const bad: [string, string, JsonObject][] = [
    ["of another address", "status_unavailable", { sub: "https://dwp.example/status/2" }],
    ["that is over", "status_unavailable", { exp: NOW }],
    ["from the future", "status_unavailable", { iat: NOW + 1000 }],
    ["of another width", "status_unavailable", { status_list: { bits: 3, lst: "eNrbuRgAAhcBXQ" } }],
    ["that does not unpack", "status_unavailable", { status_list: { bits: 1, lst: "AAAA" } }],
    ["that unpacks to too much", "status_unavailable", { status_list: { bits: 1, lst: bomb } }],
    ["that is not valid yet", "status_unavailable", { nbf: NOW + 1000 }],
    ["with no time to live", "status_unavailable", { ttl: 0 }],
    ["with a time to live that is no number", "message_malformed", { ttl: "100" }],
    ["without iat", "message_malformed", { iat: null }],
  ];
  it.each(bad)("%s is refused", async (_, code, payload) => {
    await expect(verifyStatusList(await token(payload), rules())).rejects.toMatchObject({ code });
  });

  it("by a key for claims is refused", async () => {
    const other = await authority.certify({ profile: PROFILE.claimSigning, organisationId: "PDXGB-dwp" });
    await expect(verifyStatusList(await token({}, other), rules())).rejects.toMatchObject({
      code: "certificate_purpose",
    });
  });

  it("by a member that is no department is refused", async () => {
    const other = await authority.certify({ profile: PROFILE.statusSigning, organisationId: "PDXGB-badge" });
    await expect(verifyStatusList(await token({}, other), rules())).rejects.toMatchObject({
      code: "issuer_unknown",
    });
  });

  it("of another type is refused", async () => {
    await expect(verifyStatusList(await token({}, signer, "JWT"), rules())).rejects.toMatchObject({
      code: "message_malformed",
    });
  });
});

describe("the reference in a claim", () => {
  it("is read where there is one", () => {
    expect(readStatusReference({ status: { status_list: { idx: 3, uri: URI } } })).toEqual({
      index: 3,
      uri: URI,
    });
    expect(readStatusReference({})).toBeUndefined();
  });

  it.each([-1, 1.5, "3", 2 ** 60])("with index %j is refused", (idx) => {
    expect(() => readStatusReference({ status: { status_list: { idx, uri: URI } } })).toThrow();
  });

  it.each([
    null,
    {},
    "x",
    { other: {} },
    { status_list: { idx: 1, uri: "no address" } },
  ])("%j is refused, not overlooked", (status) => {
    expect(() => readStatusReference({ status })).toThrow();
  });
});
