import { describe, expect, it } from "vitest";
import { createKey } from "../../src/keys";
import {
  base64urlDecode,
  base64urlEncode,
  type JsonObject,
  utf8Decode,
  utf8Encode,
} from "../../src/protocol/encoding";
import {
  addKeyBinding,
  type Path,
  parseSdJwt,
  processSdJwt,
  type QueryPath,
  selectDisclosures,
} from "../../src/protocol/sdJwt";
import { readVectors } from "../world/vectors";

interface Rfc {
  readonly vectors: readonly { section: string; compact: string; claims: JsonObject }[];
}
interface Theirs {
  readonly vectors: readonly { name: string; issuance: string; claims: JsonObject }[];
}

const rfc = readVectors<Rfc>("sd_jwt/rfc9901.json").vectors;
const theirs = readVectors<Theirs>("sd_jwt/specification.json").vectors;

function payloadOf(compact: string): JsonObject {
  return JSON.parse(utf8Decode(base64urlDecode(compact.split(".")[1] as string))) as JsonObject;
}

async function process(compact: string) {
  const withoutBinding = compact.slice(0, compact.lastIndexOf("~") + 1);
  const { jwt, disclosures } = parseSdJwt(withoutBinding);
  return await processSdJwt(payloadOf(jwt), disclosures);
}

describe("SD-JWTs of others (vectors shared with Python)", () => {
  it("are all there", () => {
    expect([rfc.length, theirs.length]).toEqual([5, 13]);
  });

  it.each(rfc.map((one) => [one.section, one] as const))("RFC 9901 section %s", async (_, {
    compact,
    claims,
  }) => {
    expect((await process(compact)).claims).toEqual(claims);
  });

  it.each(theirs.map((one) => [one.name, one] as const))("PyPI sd-jwt: %s", async (_, {
    issuance,
    claims,
  }) => {
    expect((await process(issuance)).claims).toEqual(claims);
  });
});

// --- one that is made here, to be broken ---

async function disclose(...parts: unknown[]): Promise<[string, string]> {
  const encoded = base64urlEncode(utf8Encode(JSON.stringify(parts)));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8Encode(encoded)));
  return [encoded, base64urlEncode(digest)];
}

describe("processing (RFC 9901 section 7.1)", async () => {
  const [name, nameDigest] = await disclose("salt1", "name", "Ffion");
  const [postcode, postcodeDigest] = await disclose("salt2", "postal_code", "CF10");
  const [address, addressDigest] = await disclose("salt3", "address", {
    _sd: [postcodeDigest],
    country: "Wales",
  });
  const [element, elementDigest] = await disclose("salt4", "Welsh");

  const bad: [string, JsonObject, string[]][] = [
    ["a disclosure that matches no digest", { _sd: [] }, [name]],
    ["the same disclosure twice", { _sd: [nameDigest] }, [name, name]],
    ["a digest twice in one list", { _sd: [nameDigest, nameDigest] }, [name]],
    ["a digest twice in two places", { _sd: [nameDigest], deep: { _sd: [nameDigest] } }, [name]],
    ["a decoy twice", { _sd: ["AAAA", "AAAA"] }, []],
    ["a disclosure over a claim", { _sd: [nameDigest], name: "Mari" }, [name]],
    ["an array element in an object", { _sd: [elementDigest] }, [element]],
    ["an object's member in an array", { list: [{ "...": nameDigest }] }, [name]],
    ["a digest of an array with other members", { list: [{ "...": elementDigest, x: 1 }] }, [element]],
    ["a digest of an array in an object", { "...": elementDigest }, [element]],
    ["_sd that is no list", { _sd: nameDigest }, [name]],
    ["a digest that is no text", { _sd: [5] }, []],
    ["another hash", { _sd: [nameDigest], _sd_alg: "sha-512" }, [name]],
    ["a child without its parent", { _sd: [addressDigest] }, [postcode]],
  ];
  it.each(bad)("refuses %s", async (_, payload, disclosures) => {
    await expect(processSdJwt(payload, disclosures)).rejects.toMatchObject({ code: "claim_malformed" });
  });

  it.each(["_sd", "..."])("refuses a claim named %s", async (reserved) => {
    const [encoded, digest] = await disclose("salt", reserved, 1);
    await expect(processSdJwt({ _sd: [digest] }, [encoded])).rejects.toMatchObject({
      code: "claim_malformed",
    });
  });

  it("keeps __proto__ a claim like any other", async () => {
    const [encoded, digest] = await disclose("salt", "__proto__", { admin: true });
    const { claims } = await processSdJwt({ _sd: [digest] }, [encoded]);
    expect(Object.hasOwn(claims, "__proto__")).toBe(true);
    expect((claims as { admin?: unknown }).admin).toBeUndefined();
  });

  it("leaves out array elements that are not disclosed", async () => {
    const { claims } = await processSdJwt({ list: [{ "...": elementDigest }, "English"] }, []);
    expect(claims).toEqual({ list: ["English"] });
  });

  const payload: JsonObject = {
    _sd: [nameDigest, addressDigest],
    languages: [{ "...": elementDigest }, "English"],
  };
  const all = [name, address, postcode, element];
  const shown: [string, QueryPath[], string[]][] = [
    ["nothing", [], []],
    ["one claim", [["name"]], [name]],
    ["a child brings its parent", [["address", "postal_code"]], [address, postcode]],
    ["a parent brings its children", [["address"]], [address, postcode]],
    ["a plain part brings only its parent", [["address", "country"]], [address]],
    ["an array element", [["languages", 0]], [element]],
    ["another array element", [["languages", 1]], []],
    ["every array element", [["languages", null]], [element]],
    ["a claim that is not there", [["nothing"]], []],
  ];
  it.each(shown)("shows for %s what is needed and no more", async (_, paths, expected) => {
    const sdJwt = { jwt: "e30.e30.x", disclosures: all };
    const processed = await processSdJwt(payload, all);
    expect(selectDisclosures(sdJwt, processed, paths)).toBe(["e30.e30.x", ...expected, ""].join("~"));
  });

  it("knows where each disclosure stands", async () => {
    const { disclosures } = await processSdJwt(payload, all);
    const paths: Path[] = disclosures.map((one) => one.path);
    expect(paths).toContainEqual(["address", "postal_code"]);
    expect(paths).toContainEqual(["languages", 0]);
  });
});

describe("the compact form", () => {
  it.each(["", "a.b.c", "~", "a.b.c~x", "a.b.c~~", "a.b.c~x~a.b.c"])("refuses %j", (text) => {
    expect(() => parseSdJwt(text)).toThrowError(expect.objectContaining({ code: "claim_malformed" }));
  });
});

describe("key binding (RFC 9901 section 4.3)", () => {
  it("covers exactly what is shown, with nothing but the four claims", async () => {
    const key = await createKey();
    const bound = await addKeyBinding("a.b.c~d~", { key, audience: "x509_hash:x", nonce: "n", now: 7 });
    const [header, payload] = (bound.split("~")[2] as string).split(".") as [string, string];
    expect(JSON.parse(utf8Decode(base64urlDecode(header)))).toEqual({ typ: "kb+jwt", alg: "ES256" });
    const digest = await crypto.subtle.digest("SHA-256", utf8Encode("a.b.c~d~"));
    expect(JSON.parse(utf8Decode(base64urlDecode(payload)))).toEqual({
      iat: 7,
      aud: "x509_hash:x",
      nonce: "n",
      sd_hash: base64urlEncode(new Uint8Array(digest)),
    });
  });
});
