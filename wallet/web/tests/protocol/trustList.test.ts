import { describe, expect, it } from "vitest";
import { parseAnchor } from "../../src/protocol/chain";
import { utf8Encode } from "../../src/protocol/encoding";
import { Refusal } from "../../src/protocol/errors";
import { createTrustList, departmentFor, departmentsFor, serviceFor } from "../../src/protocol/trustList";
import { type TrustListHead, verifyTrustListHead } from "../../src/protocol/trustListHead";
import { bucketOf, type LoadPart } from "../../src/protocol/trustListParts";
import { readVectors } from "../world/vectors";

interface HeadCase {
  readonly name: string;
  readonly head: string;
  readonly now: number;
  readonly previous: string | null;
  readonly refused: "invalid" | "expired" | null;
}

interface LookupCase {
  readonly name: string;
  readonly head: string;
  readonly parts: Record<string, string>;
  readonly of: "service" | "department" | "department_at" | "claim_type";
  readonly key: string;
  readonly found: Record<string, unknown> | null;
  readonly refused: boolean;
}

interface Vectors {
  readonly root: string;
  readonly now: number;
  readonly buckets: { readonly key: string; readonly buckets: number; readonly bucket: number }[];
  readonly heads: HeadCase[];
  readonly lookups: LookupCase[];
}

const vectors = readVectors<Vectors>("trust_list_parts/parts.json");
const anchors = [parseAnchor(vectors.root)];

function verified(compact: string, now = vectors.now, previous?: TrustListHead): Promise<TrustListHead> {
  return verifyTrustListHead(compact, { anchors, now, previous });
}

function loader(parts: Record<string, string>): LoadPart {
  return async (digest) => {
    const part = parts[digest];
    if (part === undefined) throw new Refusal("trust_list_unavailable", "it is not there");
    return utf8Encode(part);
  };
}

async function lookUp({ head, parts, of, key }: LookupCase): Promise<Record<string, unknown> | null> {
  const list = createTrustList(await verified(head), loader(parts));
  if (of === "claim_type") {
    const type = await list.claimType(key);
    if (type === undefined) return null;
    return { url: type.url, integrity: type.integrity, departments: [...type.departments].sort() };
  }
  const find = { service: list.service, department: list.department, department_at: list.departmentAt }[of];
  const member = await find(key);
  return member === undefined
    ? null
    : { id: member.id, ...member.name, url: member.url, active: member.active };
}

describe("the trust list's head and parts (vectors shared with Python)", () => {
  it("has the whole list", () => {
    expect([vectors.buckets.length, vectors.heads.length, vectors.lookups.length]).toEqual([25, 35, 37]);
  });

  it.each(vectors.buckets)("bucket of $key among $buckets", async ({ key, buckets, bucket }) => {
    expect(await bucketOf(key, buckets)).toBe(bucket);
  });

  it.each(vectors.heads.map((one) => [one.name, one] as const))("head: %s", async (_, one) => {
    const previous = one.previous === null ? undefined : await verified(one.previous);
    const check = verified(one.head, one.now, previous);
    if (one.refused === null) await expect(check).resolves.toBeDefined();
    else await expect(check).rejects.toMatchObject({ code: `trust_list_${one.refused}` });
  });

  it.each(vectors.lookups.map((one) => [one.name, one] as const))("looking up %s", async (_, one) => {
    if (!one.refused) return expect(await lookUp(one)).toEqual(one.found);
    const code = one.name === "a missing part" ? "trust_list_unavailable" : "trust_list_invalid";
    await expect(lookUp(one)).rejects.toMatchObject({ code });
  });
});

describe("a trust list", () => {
  const PIP = "urn:pdx:claim:dwp:pip-moving-around-8:1";
  const parts = Object.assign({}, ...vectors.lookups.slice(0, 10).map((one) => one.parts));
  const list = async () => createTrustList(await verified(vectors.lookups[0]?.head ?? ""), loader(parts));

  it("says who may do what", async () => {
    expect((await departmentFor(await list(), "PDXGB-dwp", PIP)).url).toBe("https://dwp.example.org");
    expect((await departmentsFor(await list(), PIP)).map((one) => one.id)).toEqual(["PDXGB-dwp"]);
    expect((await serviceFor(await list(), "PDXGB-council")).name.cy).toBe("Cyngor");
  });

  it.each([
    ["issuer_other", async () => await departmentFor(await list(), "PDXGB-dwp", "urn:other")],
    ["issuer_unknown", async () => await departmentFor(await list(), "PDXGB-council", PIP)],
    ["certificate_untrusted", async () => await serviceFor(await list(), "PDXGB-dwp")],
    ["service_suspended", async () => await serviceFor(await list(), "PDXGB-late")],
  ] as const)("refuses with %s", async (code, act) => {
    await expect(act()).rejects.toMatchObject({ code });
  });

  it("by a signer whose certificate has run out asks for a look at the clock", async () => {
    const head = vectors.lookups[0]?.head ?? "";
    for (const now of [vectors.now + 400 * 86_400, vectors.now - 400 * 86_400])
      await expect(verified(head, now)).rejects.toMatchObject({ code: "trust_list_expired" });
  });
});
