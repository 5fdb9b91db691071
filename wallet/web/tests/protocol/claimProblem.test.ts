import { describe, expect, it } from "vitest";
import { readClaimProblem } from "../../src/protocol/claimProblem";
import { utf8Encode } from "../../src/protocol/encoding";
import { readVectors } from "../world/vectors";

interface Case {
  readonly name: string;
  readonly body: string;
  readonly problem: string | null;
}

const CODES: Record<string, string> = {
  revoked: "refused_revoked",
  suspended: "refused_suspended",
  expired: "refused_expired",
  issuer_untrusted: "refused_issuer",
  status_unknown: "refused_status",
};

describe("a service's refusal", () => {
  const { cases } = readVectors<{ cases: Case[] }>("openid4vp/claim_problem.json");

  it("has 17 vectors", () => expect(cases).toHaveLength(17));

  it.each(cases)("names what is wrong with the claim: $name", ({ body, problem }) => {
    expect(readClaimProblem(utf8Encode(body))).toBe(problem === null ? undefined : CODES[problem]);
  });
});
