import { beforeAll, describe, expect, it } from "vitest";
import { base64Decode } from "../../src/protocol/encoding";
import { PROFILE } from "../../src/protocol/profile";
import { type Trust, trustedIssuer } from "../../src/protocol/trust";
import { verifyTrustList } from "../../src/protocol/trustList";
import { type Authority, createAuthority, NOW, type Signer, signJws } from "../world/authority";
import { createWorld, VCT } from "../world/network";

let outside: Authority;
let outsider: Signer;
let trust: Trust;

beforeAll(async () => {
  const world = await createWorld();
  outside = await createAuthority("Other authority");
  outsider = await outside.certify({ profile: PROFILE.claimSigning, organisationId: "PDXGB-dwp" });
  const list = await signJws(world.trustListSigner, world.trustList, { typ: "lote+jwt" });
  trust = {
    anchors: [world.authority.root],
    extraIssuerAnchors: [outside.root],
    extraServiceAnchors: [],
    trustList: await verifyTrustList(list, {
      anchors: [world.authority.root],
      now: NOW,
      previous: undefined,
    }),
  };
});

describe("a third party that the configuration trusts", () => {
  it("may issue what is its own", async () => {
    const party = await trustedIssuer(
      trust,
      outsider.x5c.map((one) => base64Decode(one)),
      { vct: "urn:eudi:pid:1", now: NOW },
    );
    expect(party.signer.publicKey).toBeDefined();
  });

  it("may not issue a claim type of the network", async () => {
    await expect(
      trustedIssuer(
        trust,
        outsider.x5c.map((one) => base64Decode(one)),
        { vct: VCT, now: NOW },
      ),
    ).rejects.toMatchObject({
      code: "issuer_other",
    });
  });
});
