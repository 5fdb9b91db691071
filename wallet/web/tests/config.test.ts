import { describe, expect, it } from "vitest";
import { parseConfig } from "../src/config";

const network = { trustListUrl: "https://authority.example/trust-list.jwt", rootCertificates: ["PEM"] };
const parse = (document: object) => parseConfig(JSON.stringify(document));

describe("the configuration", () => {
  it("trusts nobody but the network unless told to", () => {
    expect(parse({ network })).toMatchObject({
      demo: false,
      allowHttpLocalhost: false,
      extraIssuerAnchors: [],
      extraServiceAnchors: [],
    });
  });

  it("takes insecure addresses in the demo only", () => {
    expect(parse({ network, allowHttpLocalhost: true }).allowHttpLocalhost).toBe(false);
    expect(parse({ network, demo: true }).allowHttpLocalhost).toBe(true);
    expect(parse({ network, demo: true, allowHttpLocalhost: false }).allowHttpLocalhost).toBe(false);
    expect(parse({ network, demo: "true" }).demo).toBe(false);
  });

  it.each([
    ["no network", {}],
    ["no trust list", { network: { rootCertificates: ["PEM"] } }],
    ["no root", { network: { trustListUrl: "https://a.example" } }],
    ["an empty list of roots", { network: { ...network, rootCertificates: [] } }],
  ])("with %s does not start", (_, document) => {
    expect(() => parse(document)).toThrowError(expect.objectContaining({ code: "message_malformed" }));
  });
});
