import { describe, expect, it } from "vitest";
import { matchCredential, matchQuery } from "../../src/protocol/dcqlMatch";
import { parseQuery } from "../../src/protocol/dcqlQuery";
import { base64urlDecode, type JsonObject } from "../../src/protocol/encoding";
import { readVectors } from "../world/vectors";

interface MatchingCase {
  readonly name: string;
  readonly query: JsonObject;
  readonly held: readonly {
    key: string;
    format: string;
    vct: string;
    claims: JsonObject;
    holder_bound: boolean;
    authority_key_ids: string[];
  }[];
  readonly matches: Record<string, Record<string, unknown[]>> | null;
}

const { cases } = readVectors<{ cases: MatchingCase[] }>("dcql/matching.json");

describe("matching (vectors shared with Python)", () => {
  it("has the whole list", () => {
    expect(cases).toHaveLength(33);
  });

  it.each(cases.map((one) => [one.name, one] as const))("%s", (_, { query: json, held, matches }) => {
    const query = parseQuery(json);
    // This wallet holds nothing but SD-JWT VCs that are bound to its keys.
    const ours = held
      .filter((one) => one.format === "dc+sd-jwt" && one.holder_bound)
      .map((one) => ({
        id: one.key,
        vct: one.vct,
        claims: one.claims,
        authorityKeyIds: one.authority_key_ids.map(base64urlDecode),
      }));
    const found = Object.fromEntries(
      query.credentials.flatMap((credential) => {
        const parts = matchCredential(credential, ours);
        return parts.length === 0
          ? []
          : [[credential.id, Object.fromEntries(parts.map((part) => [part.claimId, part.paths]))]];
      }),
    );
    const { choices } = matchQuery(query, ours);
    const bound = held.every((one) => one.holder_bound);
    if (matches === null) expect(choices).toEqual([]);
    else if (bound) {
      expect(found).toEqual(matches);
      expect(choices.length).toBeGreaterThan(0);
    }
  });
});

describe("a query", () => {
  const good = { id: "c1", format: "dc+sd-jwt", meta: { vct_values: ["urn:a"] } };
  const claims = [{ id: "a", path: ["x"] }];
  const bad: [string, JsonObject][] = [
    ["no credentials", {}],
    ["empty credentials", { credentials: [] }],
    ["an id with other characters", { credentials: [{ ...good, id: "c 1" }] }],
    ["one id twice", { credentials: [good, good] }],
    ["no format", { credentials: [{ id: "c1", meta: {} }] }],
    ["no meta", { credentials: [{ id: "c1", format: "dc+sd-jwt" }] }],
    ["no types", { credentials: [{ ...good, meta: {} }] }],
    ["empty types", { credentials: [{ ...good, meta: { vct_values: [] } }] }],
    ["empty claims", { credentials: [{ ...good, claims: [] }] }],
    ["an empty path", { credentials: [{ ...good, claims: [{ path: [] }] }] }],
    ["a negative position", { credentials: [{ ...good, claims: [{ path: ["x", -1] }] }] }],
    ["a path through true", { credentials: [{ ...good, claims: [{ path: [true] }] }] }],
    ["a claim set of an unknown claim", { credentials: [{ ...good, claims, claim_sets: [["b"]] }] }],
    ["multiple that is null", { credentials: [{ ...good, multiple: null }] }],
    [
      "required that is null",
      { credentials: [good], credential_sets: [{ options: [["c1"]], required: null }] },
    ],
    ["a type of 5,000 characters", { credentials: [{ ...good, format: "x".repeat(5000) }] }],
    ["multiple that is no flag", { credentials: [{ ...good, multiple: "yes" }] }],
    ["an option of an unknown credential", { credentials: [good], credential_sets: [{ options: [["c2"]] }] }],
    ["empty options", { credentials: [good], credential_sets: [{ options: [] }] }],
    ["an empty option", { credentials: [good], credential_sets: [{ options: [[]] }] }],
    ["empty sets", { credentials: [good], credential_sets: [] }],
  ];
  it.each(bad)("with %s is refused", (_, query) => {
    expect(() => parseQuery(query)).toThrowError(expect.objectContaining({ code: "request_unsupported" }));
  });
});

describe("the choices", () => {
  const query = parseQuery({
    credentials: [
      { id: "a", format: "dc+sd-jwt", meta: { vct_values: ["urn:a"] } },
      { id: "b", format: "dc+sd-jwt", meta: { vct_values: ["urn:b"] } },
      { id: "c", format: "dc+sd-jwt", meta: { vct_values: ["urn:c"] } },
    ],
    credential_sets: [{ options: [["a"], ["b", "c"]] }, { required: false, options: [["c"]] }],
  });
  const hold = (...types: string[]) =>
    types.map((vct, at) => ({ id: `${vct}${at}`, vct, claims: {}, authorityKeyIds: [] }));

  it("come in the service's order, one for each claim that fits", () => {
    const { choices } = matchQuery(query, hold("urn:b", "urn:c", "urn:a", "urn:a"));
    expect(choices.map((choice) => choice.map((part) => part.claimId))).toEqual([
      ["urn:a2"],
      ["urn:a3"],
      ["urn:b0", "urn:c1"],
    ]);
  });

  it("leave out what is optional", () => {
    expect(matchQuery(query, hold("urn:a", "urn:c")).choices[0]).toHaveLength(1);
  });

  it("are the first optional set that can be answered where nothing is required, never nothing at all", () => {
    const optional = parseQuery({
      credentials: ["a", "b"].map((id) => ({
        id,
        format: "dc+sd-jwt",
        meta: { vct_values: [`urn:${id}`] },
      })),
      credential_sets: ["a", "b"].map((id) => ({ required: false, options: [[id]] })),
    });
    expect(matchQuery(optional, hold("urn:b")).choices).toEqual([
      [{ queryId: "b", claimId: "urn:b0", paths: [] }],
    ]);
    expect(matchQuery(optional, hold("urn:a", "urn:b")).choices).toHaveLength(1);
    expect(matchQuery(optional, [])).toEqual({ choices: [], ways: [["urn:a"]] });
  });

  it("name the types of every way when there is none", () => {
    expect(matchQuery(query, [])).toEqual({ choices: [], ways: [["urn:a"], ["urn:b", "urn:c"]] });
  });
});

describe("a path that does not fit an element", () => {
  it("selects nothing, not what is left (section 7.1.1)", () => {
    const query = parseQuery({
      credentials: [
        {
          id: "c1",
          format: "dc+sd-jwt",
          meta: { vct_values: ["urn:a"] },
          claims: [{ path: ["list", null, "a"] }],
        },
      ],
    });
    const held = (list: JsonObject[string]) => [
      { id: "1", vct: "urn:a", claims: { list }, authorityKeyIds: [] },
    ];
    expect(matchQuery(query, held([{ a: 1 }, { b: 2 }])).choices).toHaveLength(1);
    expect(matchQuery(query, held([{ a: 1 }, "x"])).choices).toEqual([]);
  });
});
