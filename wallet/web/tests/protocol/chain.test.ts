import { BasicConstraintsExtension, Extension } from "@peculiar/x509";
import { beforeAll, describe, expect, it } from "vitest";
import { type ChainRules, parseAnchor, verifyChain } from "../../src/protocol/chain";
import { base64Decode } from "../../src/protocol/encoding";
import { PROFILE } from "../../src/protocol/profile";
import { type Authority, createAuthority, type LeafOptions, NOW, type Signer } from "../world/authority";

let authority: Authority;
beforeAll(async () => {
  authority = await createAuthority();
});

const certify = (options: LeafOptions = {}) =>
  authority.certify({ profile: PROFILE.registrar, organisationId: "PDXGB-a", ...options });
const der = (signer: Signer) => signer.x5c.map(base64Decode);
const rules = (change: Partial<ChainRules> = {}): ChainRules => ({
  anchors: [authority.root],
  now: NOW,
  expectedProfile: PROFILE.registrar,
  ...change,
});

async function codeOf(chain: ReturnType<typeof der>, change: Partial<ChainRules> = {}): Promise<string> {
  return await verifyChain(chain, rules(change)).then(
    () => "accepted",
    (error) => error.code as string,
  );
}

describe("a chain (RFC 5280 section 6.1)", () => {
  it("names who signed", async () => {
    const signer = await certify({ dnsNames: ["A.example"], organisationName: "Adran A" });
    const identity = await verifyChain(der(signer), rules());
    const { organisationId, organisationName, hosts } = identity;
    expect([organisationId, organisationName, hosts]).toEqual(["PDXGB-a", "Adran A", ["a.example"]]);
    expect(identity.authorityKeyIds).toHaveLength(2);
  });

  it("reads an anchor from PEM", () => {
    expect(parseAnchor(authority.rootPem).der).toEqual(authority.root.der);
  });

  it("is refused when empty, too long, out of order or with the anchor inside", async () => {
    const [leaf, ca] = der(await certify()) as [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];
    expect(await codeOf([])).toBe("certificate_untrusted");
    expect(await codeOf([leaf, ca, ca, ca, ca])).toBe("certificate_untrusted");
    expect(await codeOf([ca, leaf])).toBe("anchor_unknown");
    expect(await codeOf([leaf])).toBe("anchor_unknown");
    expect(await codeOf([leaf, ca, authority.root.der])).toBe("certificate_untrusted");
    expect(await codeOf([authority.root.der], { anchors: [] })).toBe("certificate_untrusted");
  });

  it("counts at the given time only", async () => {
    const chain = der(await certify({ notBefore: NOW - 10, notAfter: NOW + 10 }));
    expect(await codeOf(chain)).toBe("accepted");
    expect(await codeOf(chain, { now: NOW + 11 })).toBe("certificate_expired");
    expect(await codeOf(chain, { now: NOW - 11 })).toBe("certificate_expired");
  });

  it("is refused when its authority has expired", async () => {
    const old = await createAuthority("Old", { caNotAfter: NOW - 1 });
    const chain = der(await old.certify({ profile: PROFILE.registrar, organisationId: "PDXGB-a" }));
    expect(await codeOf(chain, { anchors: [old.root] })).toBe("certificate_expired");
  });

  it("is refused when longer than its authority allows", async () => {
    const short = await createAuthority("Short", { pathLength: 0 });
    const chain = der(await short.certify({ profile: PROFILE.registrar, organisationId: "PDXGB-a" }));
    expect(await codeOf(chain, { anchors: [short.root] })).toBe("certificate_untrusted");
  });

  it("is refused with a bit changed anywhere", async () => {
    const [leaf, ca] = der(await certify()) as [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];
    for (const at of [leaf.length - 3, Math.floor(leaf.length / 2)]) {
      const changed = Uint8Array.from(leaf, (byte, index) => (index === at ? byte ^ 1 : byte));
      expect(await codeOf([changed, ca])).not.toBe("accepted");
    }
  });

  const leaves: [string, string, LeafOptions][] = [
    ["for another purpose", "certificate_purpose", { profile: PROFILE.trustList }],
    ["for no purpose", "certificate_purpose", { profile: null }],
    ["of no member", "certificate_untrusted", { organisationId: "GB-a" }],
    [
      "with an unknown critical extension",
      "certificate_untrusted",
      { extensions: [new Extension("1.2.3", true, new Uint8Array([5, 0]))] },
    ],
    [
      "with an extension twice",
      "certificate_untrusted",
      { extensions: [new BasicConstraintsExtension(false)] },
    ],
  ];
  it.each(leaves)("whose leaf is %s is refused", async (_, code, options) => {
    expect(await codeOf(der(await certify(options)))).toBe(code);
  });

  it.each([
    ["name constraints", "2.5.29.30", [0x30, 0]],
    ["policy constraints", "2.5.29.36", [0x30, 0]],
  ] as const)("whose leaf or authority carries %s, critical or not, is refused", async (_, id, value) => {
    const extension = new Extension(id, false, new Uint8Array(value));
    expect(await codeOf(der(await certify({ extensions: [extension] })))).toBe("certificate_untrusted");
  });

  it("is refused when a certificate is followed by something or written in another way", async () => {
    const [leaf, ca] = der(await certify()) as [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];
    expect(await codeOf([Uint8Array.from([...leaf, 0]), ca])).toBe("message_malformed");
    // BER with an indefinite length: another hash, the same certificate
    expect([leaf[0], leaf[1]]).toEqual([0x30, 0x82]);
    const indefinite = Uint8Array.from([0x30, 0x80, ...leaf.subarray(4), 0, 0]);
    expect(await codeOf([indefinite, ca])).toBe("message_malformed");
  });

  it("is refused when a certificate is very large", async () => {
    const extension = new Extension(
      "1.2.3",
      false,
      new Uint8Array([0x04, 0x82, 0x22, 0, ...new Uint8Array(0x2200)]),
    );
    expect(await codeOf(der(await certify({ extensions: [extension] })))).toBe("message_malformed");
  });

  it("finds the right one of two anchors with one name", async () => {
    const twin = await createAuthority();
    const chain = der(await certify());
    expect(await codeOf(chain, { anchors: [twin.root, authority.root] })).toBe("accepted");
    expect(await codeOf(chain, { anchors: [twin.root] })).toBe("signature_wrong");
  });

  it("of others counts without our purposes, but never as a member", async () => {
    const other = await createAuthority("Other");
    const chain = der(await other.certify({ organisationId: "PDXGB-dwp" }));
    const identity = await verifyChain(chain, rules({ anchors: [other.root], expectedProfile: null }));
    expect(identity.organisationId).toMatch(/^x509:[\w-]{43}:2\.5\.4\.97=PDXGB-dwp$/);
  });

  it("is refused when it is no certificate", async () => {
    expect(await codeOf([Uint8Array.from([0x30, 0])])).toBe("message_malformed");
  });
});
