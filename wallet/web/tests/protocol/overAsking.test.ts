import { describe, expect, it } from "vitest";
import { parseQuery } from "../../src/protocol/dcqlQuery";
import type { JsonObject } from "../../src/protocol/encoding";
import { checkWithinRegistration } from "../../src/protocol/overAsking";
import { readRegistration } from "../../src/protocol/registration";
import { readVectors } from "../world/vectors";

interface Case {
  readonly name: string;
  readonly registration: JsonObject;
  readonly query: JsonObject;
  readonly refused: string | null;
}

const { cases } = readVectors<{ cases: Case[] }>("registration/over_asking.json");
const words = [{ lang: "en", value: "x" }];
const rest = {
  sub: "PDXGB-x",
  name: "X",
  country: "GB",
  registry_uri: "https://authority.example",
  intended_use_id: "x@1",
  srv_description: [words],
  privacy_policy: "https://x.example/privacy",
  supervisory_authority: { phone: "0303" },
  purpose: words,
  pdx_law: words,
  pdx_retention: { days: 1, text: words },
};

describe("over-asking (vectors shared with Python)", () => {
  it("has the whole list", () => {
    expect(cases).toHaveLength(23);
  });

  it.each(cases.map((one) => [one.name, one] as const))("%s", (_, { registration, query, refused }) => {
    const check = () =>
      checkWithinRegistration(parseQuery(query), readRegistration({ ...rest, ...registration }));
    if (refused === null) expect(check).not.toThrow();
    else expect(check).toThrowError(expect.objectContaining({ code: "over_asking" }));
  });

  it("refuses what is too complicated to be checked", () => {
    const ids = Array.from({ length: 13 }, (_, at) => `c${at}`);
    const query = parseQuery({
      credentials: ids.map((id) => ({ id, format: "dc+sd-jwt", meta: { vct_values: ["urn:a"] } })),
      credential_sets: ids.map(() => ({ options: [["c0"], ["c1"]] })),
    });
    const credentials = [{ format: "dc+sd-jwt", meta: { vct_values: ["urn:a"] }, claim: [] }];
    const registration = readRegistration({ ...rest, credentials });
    expect(() => checkWithinRegistration(query, registration)).toThrowError(/too complicated/);
  });

  it("refuses many selections of many types: each number is within bounds, their product is not", () => {
    const types = ["urn:a", "urn:b"];
    const ids = Array.from({ length: 16 }, (_, at) => `c${at}`);
    const query = parseQuery({
      credentials: ids.map((id) => ({ id, format: "dc+sd-jwt", meta: { vct_values: types } })),
      credential_sets: ids
        .filter((_, at) => at % 2 === 0)
        .map((id, at) => ({ options: [[id], [`c${2 * at + 1}`]] })),
    });
    const credentials = types.map((one) => ({ format: "dc+sd-jwt", meta: { vct_values: [one] }, claim: [] }));
    const registration = readRegistration({ ...rest, credentials });
    expect(() => checkWithinRegistration(query, registration)).toThrowError(/too complicated/);
  });
});
