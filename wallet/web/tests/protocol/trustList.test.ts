import { beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/protocol/encoding";
import { PROFILE } from "../../src/protocol/profile";
import { departmentFor, serviceFor, type TrustList, verifyTrustList } from "../../src/protocol/trustList";
import { NOW, signJws } from "../world/authority";
import { createWorld, iso, VCT, type World } from "../world/network";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

const rules = (previous?: TrustList) => ({ anchors: [world.authority.root], now: NOW, previous });

/** The good list with one text replaced by another. */
async function changed(from: string, to: string): Promise<string> {
  const text = JSON.stringify(world.trustList);
  expect(text).toContain(from);
  return await signJws(world.trustListSigner, JSON.parse(text.replace(from, to)) as JsonObject, {
    typ: "lote+jwt",
  });
}

describe("a trust list", () => {
  it("says who may do what", async () => {
    const list = await verifyTrustList(await changed("{", "{"), rules());
    expect(list.sequence).toBe(7);
    expect(departmentFor(list, "PDXGB-dwp", VCT).name.en).toBe("Department");
    expect(serviceFor(list, "PDXGB-badge").url).toBe("https://badge.example");
    expect(() => departmentFor(list, "PDXGB-veterans", VCT)).toThrowError(
      expect.objectContaining({ code: "issuer_other" }),
    );
    expect(() => departmentFor(list, "PDXGB-badge", VCT)).toThrowError(
      expect.objectContaining({ code: "issuer_unknown" }),
    );
    expect(() => serviceFor(list, "PDXGB-dwp")).toThrowError(
      expect.objectContaining({ code: "certificate_untrusted" }),
    );
  });

  it("suspends a member whose status it does not know", async () => {
    const list = await verifyTrustList(await changed("member-status:active", "member-status:new"), rules());
    expect(() => departmentFor(list, "PDXGB-dwp", VCT)).toThrowError(
      expect.objectContaining({ code: "issuer_unknown" }),
    );
  });

  const bad: [string, string, string, string][] = [
    ["of another kind", "trust_list_invalid", "urn:pdx:trust-list:members", "urn:other"],
    ["of another version", "trust_list_invalid", '"LoTEVersionIdentifier":1', '"LoTEVersionIdentifier":2'],
    ["of another operator", "trust_list_invalid", '"value":"Test authority"', '"value":"Other authority"'],
    ["from the future", "trust_list_expired", iso(NOW - 3600), iso(NOW + 3600)],
    ["that is out of date", "trust_list_expired", iso(NOW + 86_400), iso(NOW)],
    ["with a time that is none", "trust_list_invalid", iso(NOW + 86_400), "tomorrow"],
    ["with a day that is none", "trust_list_invalid", iso(NOW + 86_400), "2027-99-99T99:99:99Z"],
    ["with the 30th of February", "trust_list_invalid", iso(NOW + 86_400), "2027-02-30T00:00:00Z"],
    [
      "with a number that is none",
      "trust_list_invalid",
      '"LoTESequenceNumber":7',
      '"LoTESequenceNumber":7.5',
    ],
    ["with no number", "trust_list_invalid", '"LoTESequenceNumber":7', '"LoTESequenceNumber":0'],
    ["with a member twice", "trust_list_invalid", '"value":"PDXGB-veterans"', '"value":"PDXGB-dwp"'],
    [
      "with a name in no English",
      "trust_list_invalid",
      '"lang":"en","value":"Department"',
      '"lang":"cy","value":"Adran"',
    ],
    ["with an insecure address", "trust_list_invalid", '"uriValue":"https://dwp', '"uriValue":"http://dwp'],
    [
      "with an address that is a script",
      "trust_list_invalid",
      "https://badge.example",
      "javascript:alert(1)//",
    ],
    [
      "with a claim type that is no text",
      "trust_list_invalid",
      '"pdx_claim_types":[',
      '"pdx_claim_types":[1,',
    ],
    ["with a critical extension", "trust_list_invalid", '"pdx_catalogue"', '"critical":true,"pdx_catalogue"'],
    [
      "with two services for a member",
      "trust_list_invalid",
      '"TrustedEntityServices":[',
      '"TrustedEntityServices":[{},',
    ],
  ];
  it.each(bad)("%s is refused: %s", async (_, code, from, to) => {
    await expect(verifyTrustList(await changed(from, to), rules())).rejects.toMatchObject({ code });
  });

  it("older than one seen before, or another one of the same number, is refused", async () => {
    const known = await verifyTrustList(await changed("{", "{"), rules());
    // the same list signed again has another signature, and is the same list
    await expect(verifyTrustList(await changed("{", "{"), rules(known))).resolves.toBeDefined();
    await expect(
      verifyTrustList(await changed('Number":7', 'Number":8'), rules(known)),
    ).resolves.toBeDefined();
    for (const [from, to] of [
      ['Number":7', 'Number":6'],
      ['"value":"Badge team"', '"value":"Budge team"'],
    ] as const)
      await expect(verifyTrustList(await changed(from, to), rules(known))).rejects.toMatchObject({
        code: "trust_list_invalid",
      });
  });

  it("by a certificate that has run out asks for a look at the clock", async () => {
    const list = await changed("{", "{");
    for (const now of [NOW + 400 * 86_400, NOW - 400 * 86_400])
      await expect(verifyTrustList(list, { ...rules(), now })).rejects.toMatchObject({
        code: "trust_list_expired",
      });
  });

  it("by a key for something else is refused", async () => {
    for (const signer of [world.registrar, world.department]) {
      const jws = await signJws(signer, world.trustList, { typ: "lote+jwt" });
      await expect(verifyTrustList(jws, rules())).rejects.toMatchObject({ code: "trust_list_invalid" });
    }
    expect(PROFILE.registrar).not.toBe(PROFILE.trustList);
  });
});
