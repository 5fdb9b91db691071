import { describe, expect, it } from "vitest";
import { base64Decode } from "../../src/protocol/encoding";
import { parseLogKey, verifyLogged } from "../../src/protocol/log";
import { readVectors } from "../world/vectors";

interface Case {
  readonly name: string;
  readonly entry: string;
  readonly proof: string;
  readonly keys: string[];
  readonly refused: "malformed" | "signature" | "unproven" | null;
}

interface Vectors {
  readonly cases: Case[];
  readonly keys: { readonly key: string; readonly good: boolean }[];
}

const { cases, keys } = readVectors<Vectors>("transparency/proofs.json");
const CODES = {
  malformed: "message_malformed",
  signature: "signature_wrong",
  unproven: "registration_unlogged",
};

describe("proofs of the log (vectors shared with Python)", () => {
  it("has the whole list", () => {
    expect([cases.length, keys.length]).toEqual([39, 8]);
  });

  it.each(cases.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    const known = await Promise.all(one.keys.map(parseLogKey));
    const check = verifyLogged(base64Decode(one.entry), one.proof, known);
    if (one.refused === null) await expect(check).resolves.toBeUndefined();
    else await expect(check).rejects.toMatchObject({ code: CODES[one.refused] });
  });

  it.each(keys)("key $key", async ({ key, good }) => {
    if (good) expect((await parseLogKey(key)).name).toBe(key.split("+")[0]);
    else await expect(parseLogKey(key)).rejects.toMatchObject({ code: "message_malformed" });
  });
});
