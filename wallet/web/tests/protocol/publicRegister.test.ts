import { describe, expect, it } from "vitest";
import { questionPages } from "../../src/protocol/publicRegister";
import { readVectors } from "../world/vectors";

interface Case {
  readonly name: string;
  readonly registry_uri: string;
  readonly sub: string;
  readonly intended_use_id: string;
  readonly en: string | null;
  readonly cy: string | null;
}

const { cases } = readVectors<{ cases: Case[] }>("registration/register_address.json");

function registered(one: Case) {
  return { registryUri: one.registry_uri, organisationId: one.sub, question: one.intended_use_id };
}

describe("the public register's page of a question (vectors shared with Python)", () => {
  it("has the whole list", () => {
    expect(cases).toHaveLength(21);
  });

  it.each(cases.map((one) => [one.name, one] as const))("%s", (_, one) => {
    const pages = one.en === null ? undefined : { en: one.en, cy: one.cy };
    expect(questionPages(registered(one), true)).toEqual(pages);
  });

  it("is never on this machine outside a demonstration", () => {
    const local = cases.filter((one) => one.registry_uri.startsWith("http://localhost"));
    expect(local).toHaveLength(1);
    for (const one of local) expect(questionPages(registered(one), false)).toBeUndefined();
  });

  it("is bounded", () => {
    const registryUri = `https://network.example/${"a".repeat(512)}`;
    expect(questionPages({ registryUri, organisationId: "PDXGB-a", question: "b@1" }, false)).toBeUndefined();
  });
});
