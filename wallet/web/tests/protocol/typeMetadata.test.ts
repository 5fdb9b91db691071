import { describe, expect, it } from "vitest";
import { base64Encode, type JsonObject, utf8Encode } from "../../src/protocol/encoding";
import { checkAgainstType, type TypeMetadata, verifyTypeMetadata } from "../../src/protocol/typeMetadata";

async function integrityOf(text: string): Promise<string> {
  return `sha256-${base64Encode(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8Encode(text))))}`;
}

async function read(document: JsonObject): Promise<TypeMetadata> {
  const text = JSON.stringify({ vct: "urn:a", ...document });
  return await verifyTypeMetadata(utf8Encode(text), "urn:a", [await integrityOf(text)]);
}

describe("type metadata", () => {
  it("says in both languages what a claim says", async () => {
    const type = await read({
      display: [
        { locale: "cy-GB", name: "Yn symud", description: "Datganiad" },
        { locale: "en-GB", name: "Moves", description: "Statement" },
      ],
    });
    expect(type.name).toEqual({ en: "Moves", cy: "Yn symud" });
    expect(type.description).toEqual({ en: "Statement", cy: "Datganiad" });
  });

  it("says what the Python wallet says where a language stands in two places", async () => {
    const display = [
      { locale: "en-GB", name: "First" },
      { locale: "en", name: "Exact" },
    ];
    expect((await read({ display })).name).toEqual({ en: "Exact" });
    expect((await read({ display: [{ locale: "en-GB", name: "" }], name: "Plain" })).name).toEqual({
      en: "Plain",
    });
    expect((await read({ description: "Said once" })).description).toEqual({ en: "Said once" });
  });

  it.each([
    ["display that is no list", { display: {} }],
    ["a display without a locale", { display: [{ name: "x" }] }],
    ["a display without a name", { display: [{ locale: "en", label: "x" }] }],
    ["a display of something else", { display: ["x"] }],
    ["a description that is no text", { display: [{ locale: "en", name: "x", description: 1 }] }],
    ["one locale twice", { display: ["en", "EN"].map((locale) => ({ locale, name: "x" })) }],
    ["a name that is no text", { name: 1 }],
    ["a description of the whole that is no text", { description: null }],
    ["a label without a locale", { claims: [{ path: ["a"], display: [{ label: "x" }] }] }],
  ])("with %s is refused", async (_, document) => {
    await expect(read(document as JsonObject)).rejects.toThrow();
  });

  it("counts only with every integrity that was signed", async () => {
    const bytes = utf8Encode('{"vct":"urn:a"}');
    const right = await integrityOf('{"vct":"urn:a"}');
    const wrong = await integrityOf("{}");
    await expect(verifyTypeMetadata(bytes, "urn:a", [right, `${wrong} ${right}`])).resolves.toBeDefined();
    for (const integrities of [
      [wrong],
      [right, wrong],
      ["md5-AAAA"],
      [""],
      // SRI: the strongest hash decides
      [`${right} sha512-AAAA`],
      [`sha384-AAAA ${right}`],
    ])
      await expect(verifyTypeMetadata(bytes, "urn:a", integrities)).rejects.toMatchObject({
        code: "claim_type_mismatch",
      });
  });

  it.each([
    ["of another type", { vct: "urn:b" }],
    ["that extends another", { extends: "urn:b" }],
    ["with an unknown rule", { claims: [{ path: ["a"], sd: "maybe" }] }],
    ["with a rule of the wrong kind", { claims: [{ path: ["a"], mandatory: "true" }] }],
    ["with a path of nothing", { claims: [{ path: [] }] }],
    ["with an impossible path", { claims: [{ path: [true] }] }],
    ["with two rules for a path", { claims: [{ path: ["a"] }, { path: ["a"], sd: "never" }] }],
  ])("%s is refused", async (_, document) => {
    await expect(read(document as JsonObject)).rejects.toMatchObject({ code: "claim_type_mismatch" });
  });
});

describe("a claim against its type", () => {
  const type = (rule: JsonObject) => read({ claims: [{ path: ["list", null], ...rule }] });
  const plain = { claims: { list: ["x"] }, disclosures: [] };
  const concealed = { claims: { list: ["x"] }, disclosures: [{ encoded: "e", path: ["list", 0] }] };
  const absent = { claims: {}, disclosures: [] };

  it.each([
    [{ sd: "always" }, plain],
    [{ sd: "never" }, concealed],
    [{ mandatory: true }, absent],
    // one of two elements
    [{ sd: "always" }, { claims: { list: ["x", "y"] }, disclosures: [{ encoded: "e", path: ["list", 0] }] }],
    [{ sd: "never" }, { claims: { list: ["x", "y"] }, disclosures: [{ encoded: "e", path: ["list", 1] }] }],
    // the path does not fit
    [{}, { claims: { list: "x" }, disclosures: [] }],
  ])("with rule %j is refused where it is broken", async (rule, claim) => {
    expect(() => checkAgainstType(claim, { attributes: [] } as unknown as TypeMetadata)).not.toThrow();
    const strict = await type(rule as JsonObject);
    expect(() => checkAgainstType(claim, strict)).toThrowError(
      expect.objectContaining({ code: "claim_type_mismatch" }),
    );
  });

  it.each([
    [{ sd: "always" }, concealed],
    [{ sd: "never" }, plain],
    [{}, plain],
    [{ mandatory: true }, plain],
    [{ sd: "always" }, absent],
  ])("with rule %j is accepted where it is kept", async (rule, claim) => {
    const strict = await type(rule as JsonObject);
    expect(() => checkAgainstType(claim, strict)).not.toThrow();
  });
});
