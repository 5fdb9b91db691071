import { beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/protocol/encoding";
import { PROFILE } from "../../src/protocol/profile";
import { departmentFor, serviceFor, verifyTrustList } from "../../src/protocol/trustList";
import { NOW, signJws } from "../world/authority";
import { createWorld, iso, VCT, type World } from "../world/network";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

const rules = (lowestSequence = 0) => ({ anchors: [world.authority.root], now: NOW, lowestSequence });

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
    const list = await verifyTrustList(await changed("{", "{"), rules(7));
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
    ["from the future", "trust_list_invalid", iso(NOW - 3600), iso(NOW + 3600)],
    ["that is out of date", "trust_list_expired", iso(NOW + 86_400), iso(NOW)],
    ["with a time that is none", "trust_list_invalid", iso(NOW + 86_400), "tomorrow"],
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

  it("older than one seen before is refused", async () => {
    await expect(verifyTrustList(await changed("{", "{"), rules(8))).rejects.toMatchObject({
      code: "trust_list_invalid",
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
