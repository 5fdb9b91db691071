import { beforeAll, describe, expect, it } from "vitest";
import { base64Decode, base64urlEncode, utf8Encode } from "../../src/protocol/encoding";
import { PROFILE } from "../../src/protocol/profile";
import { type Trust, trustedIssuer, trustedService, trustedStatusSigner } from "../../src/protocol/trust";
import { createTrustList, type TrustList } from "../../src/protocol/trustList";
import { verifyTrustListHead } from "../../src/protocol/trustListHead";
import { type Authority, createAuthority, NOW, type Signer, signJws } from "../world/authority";
import { createWorld, VCT, type World } from "../world/network";
import { divide, type ListForTests } from "../world/trustList";

let outside: Authority;
let outsider: Signer;
let trust: Trust;
let world: World;

async function verifiedList(list: ListForTests): Promise<TrustList> {
  const { head, parts } = await divide(list);
  const signed = await signJws(world.trustListSigner, head, { typ: "pdx-trust-list-head+jwt" });
  const rules = { anchors: [world.authority.root], now: NOW, previous: undefined };
  return createTrustList(await verifyTrustListHead(signed, rules), async (digest) =>
    utf8Encode(parts.get(digest) ?? ""),
  );
}

beforeAll(async () => {
  world = await createWorld();
  outside = await createAuthority("Other authority");
  outsider = await outside.certify({ profile: PROFILE.claimSigning, organisationId: "PDXGB-dwp" });
  trust = {
    anchors: [world.authority.root],
    extraIssuerAnchors: [outside.root],
    extraServiceAnchors: [],
    trustList: await verifiedList(world.trustList),
  };
});

describe("a key that the authority revoked", () => {
  const revoking = async (signer: Signer): Promise<Trust> => {
    const spki = new Uint8Array(await crypto.subtle.exportKey("spki", signer.keys.publicKey));
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", spki));
    const list = { ...world.trustList, revoked_keys: [base64urlEncode(digest)] };
    return { ...trust, trustList: await verifiedList(list) };
  };
  const chain = (signer: Signer) => signer.x5c.map((one) => base64Decode(one));

  it("signs no claim", async () => {
    const revoked = await revoking(world.department);
    await expect(
      trustedIssuer(revoked, chain(world.department), { vct: VCT, now: NOW }),
    ).rejects.toMatchObject({
      code: "certificate_untrusted",
    });
    await expect(trustedStatusSigner(revoked, chain(world.statusSigner), NOW)).resolves.toBeDefined();
  });

  it("signs no status list", async () => {
    const revoked = await revoking(world.statusSigner);
    await expect(trustedStatusSigner(revoked, chain(world.statusSigner), NOW)).rejects.toMatchObject({
      code: "certificate_untrusted",
    });
  });

  it("signs no request", async () => {
    const revoked = await revoking(world.service);
    await expect(trustedService(revoked, chain(world.service), NOW)).rejects.toMatchObject({
      code: "certificate_untrusted",
    });
  });
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
