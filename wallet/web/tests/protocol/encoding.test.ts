import { describe, expect, it } from "vitest";
import { base64Decode, base64urlDecode, base64urlEncode, parseJson } from "../../src/protocol/encoding";
import { readVectors } from "../world/vectors";

const malformed = expect.objectContaining({ code: "message_malformed" });

describe("base64url (RFC 7515 section 2)", () => {
  it("gives back every length", () => {
    for (let length = 0; length < 70; length += 1) {
      const bytes = crypto.getRandomValues(new Uint8Array(length));
      expect(base64urlDecode(base64urlEncode(bytes))).toEqual(bytes);
    }
  });

  it.each(["A", "AAAAA", "AA==", "AA+A", "AA/A", "A A", "AA\n", "AB", "AAB", "ÄÄ"])("refuses %j", (text) => {
    expect(() => base64urlDecode(text)).toThrowError(malformed);
  });
});

describe("base64 (RFC 4648 section 4)", () => {
  it.each(["AA", "AA=", "AB==", "AAB=", "AA_A", "AA==AA==", "=AAA"])("refuses %j", (text) => {
    expect(() => base64Decode(text)).toThrowError(malformed);
  });
});

describe("JSON (RFC 8259)", () => {
  it.each([
    ["a duplicate member", '{"a":1,"a":2}'],
    ["a duplicate member, escaped", '{"a":1,"\\u0061":2}'],
    ["a duplicate member, deep", '[{"b":{"a":1,"a":2}}]'],
    ["a lone surrogate", '"\\ud800"'],
    ["a lone surrogate in a name", '{"\\udc00":1}'],
    ["NaN", "NaN"],
    ["a tail", "{} x"],
    ["a comma at the end", "[1,]"],
    ["a byte order mark", "\ufeff{}"],
    ["nothing", ""],
    ["deep nesting", "[".repeat(40) + "]".repeat(40)],
    ["a very long text", `"${"x".repeat(1_000_001)}"`],
  ])("refuses %s", (_, text) => {
    expect(() => parseJson(text)).toThrowError(malformed);
  });

  it.each([
    '{"a":"{\\"a\\":1,\\"a\\":2}"}',
    '{"a":{"b":1},"b":{"a":1}}',
    '[{"a":1},{"a":2}]',
    '{"a" : "b:c", "c":["a","a"]}',
    '"\\ud83d\\ude00"',
    '{"\\\\":1,"\\"":2}',
  ])("reads %s as everybody does", (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });
});

interface Case {
  readonly kind: "json" | "base64url" | "base64";
  readonly name: string;
  readonly text: string;
  readonly accepted: boolean;
}

describe("decoders (vectors shared with Python)", () => {
  const { cases } = readVectors<{ cases: Case[] }>("encoding/strict.json");
  const decoders = { json: parseJson, base64url: base64urlDecode, base64: base64Decode };

  it("has the whole list", () => {
    expect(cases).toHaveLength(66);
  });

  it.each(cases.map((one) => [one.kind, one.name, one] as const))("%s: %s", (kind, _, { text, accepted }) => {
    const decode = () => decoders[kind](text);
    if (accepted) expect(decode).not.toThrow();
    else expect(decode).toThrowError(malformed);
  });

  it("reads a text of nearly a million characters", () => {
    expect(parseJson(`{"lst":"${"x".repeat(990_000)}"}`)).toHaveProperty("lst");
  });
});
