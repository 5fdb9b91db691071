import { describe, expect, it } from "vitest";
import { parseLink, parseQuery } from "../../src/protocol/link";

const REQUEST = "client_id=x509_hash%3Aabc&request_uri=https%3A%2F%2Fa.example%2F1";

describe("a link", () => {
  it.each([
    [`https://wallet.example/present?${REQUEST}`, "get"],
    [`https://wallet.example/present?unknown=1&request_uri_method=post&${REQUEST}`, "post"],
    [`openid4vp://?${REQUEST}`, "get"],
    [`haip-vp://authorize?${REQUEST}&request_uri_method=get`, "get"],
    [`  openid4vp://?${REQUEST}\n`, "get"],
  ])("asks: %s", (link, method) => {
    expect(parseLink(link)).toEqual({
      kind: "present",
      clientId: "x509_hash:abc",
      requestUri: "https://a.example/1",
      method,
    });
  });

  it.each([
    [
      "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fa.example%2F1",
      { uri: "https://a.example/1" },
    ],
    ["haip-vci://?credential_offer=%7B%7D", { value: "{}" }],
    ["https://wallet.example/add?credential_offer=%7B%7D", { value: "{}" }],
  ])("offers: %s", (link, offer) => {
    expect(parseLink(link)).toEqual({ kind: "add", offer });
  });

  it.each([
    "",
    "hello",
    "https://wallet.example/",
    "https://wallet.example/present?client_id=a",
    `openid4vp://?${REQUEST}&client_id=other`,
    `openid4vp://?${REQUEST}&request_uri_method=put`,
    "openid-credential-offer://?credential_offer=%7B%7D&credential_offer_uri=https%3A%2F%2Fa.example",
    `openid4vp://?${REQUEST}&x=${"y".repeat(20_001)}`,
  ])("is refused: %s", (link) => {
    expect(() => parseLink(link)).toThrowError(expect.objectContaining({ code: "link_unreadable" }));
  });

  it("may ask nothing", () => {
    expect(parseQuery(new URLSearchParams("utm_source=x"))).toBeNull();
  });
});
