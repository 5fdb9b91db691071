/** An offer whose page is loaded again, or whose phone dies, between the code and the claim. */

import "fake-indexeddb/auto";
import { openDB } from "idb";
import { beforeEach, describe, expect, it } from "vitest";
import { asRefusal } from "../../src/protocol/errors";
import { type Invocation, parseLink } from "../../src/protocol/link";
import {
  addPending,
  deleteClaim,
  deleteEverything,
  listClaims,
  listPending,
  openStore,
  type PendingOffer,
} from "../../src/store";
import { type Grant, redeem } from "../../src/usecases/acceptOffer";
import { collect, findBegun } from "../../src/usecases/collectClaims";
import { offerIdOf, openOffer } from "../../src/usecases/openOffer";
import type { Wallet } from "../../src/wallet";
import { createWallet, createWorld, type Handler, ISSUER, json, NOW, type World } from "../world/network";

const LINK = parseLink(`https://wallet.example/add?credential_offer_uri=${ISSUER}/offers/1`) as Invocation & {
  kind: "add";
};
const CREDENTIAL = `POST ${ISSUER}/credential`;

let world: World;
let wallet: Wallet;

beforeEach(async () => {
  world = await createWorld();
  wallet = await createWallet(world);
});

const accept = async () => await redeem(wallet, await openOffer(wallet, LINK), "123456");
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "nothing was refused",
    (error: unknown) => asRefusal(error).code,
  );

/** What a page that was loaded again finds. */
async function begun(): Promise<Grant> {
  const found = await findBegun(wallet, await offerIdOf(LINK));
  if (found === undefined || !("grant" in found)) throw new Error("nothing to go on with");
  return found.grant;
}

/** Puts `handler` in front of the credential endpoint. */
function intercept(handler: (issue: () => Promise<Response>) => Promise<Response> | Response): () => void {
  const good = world.handlers.get(CREDENTIAL) as Handler;
  world.handlers.set(CREDENTIAL, (request) => handler(async () => await good(request)));
  return () => world.handlers.set(CREDENTIAL, good);
}

const broken = () => {
  throw new TypeError("the connection broke");
};

describe("an offer whose code was accepted", () => {
  it("goes on after the page was loaded again, with nothing of the first page and no code", async () => {
    await accept();
    world.sent.length = 0;
    const claims = await collect(wallet, await begun());
    expect(claims).toHaveLength(1);
    expect(await listClaims(wallet.store)).toHaveLength(1);
    expect(world.sent.some((one) => one.url.endsWith("/token") || one.url.includes("/offers/"))).toBe(false);
    expect(await listPending(wallet.store, NOW)).toEqual([]);
  });

  it("is kept as a token bound to a key that can't be read; the transaction code is not", async () => {
    await accept();
    const [kept] = await wallet.store.getAll("pending");
    expect(kept?.dpopKey.privateKey.extractable).toBe(false);
    await expect(crypto.subtle.exportKey("jwk", kept?.dpopKey.privateKey as CryptoKey)).rejects.toThrow();
    expect(JSON.stringify(kept)).not.toContain("123456");
    expect(kept?.id).not.toContain("offers");
  });

  it("goes on when the phone died after the department had answered, with other keys", async () => {
    const shown: string[] = [];
    const restore = intercept(async (issue) => {
      shown.push(await (await issue()).text());
      throw new TypeError("the phone died");
    });
    expect(await codeOf(collect(wallet, await accept()))).toBe("offline");
    restore();
    await collect(wallet, await begun());
    const copies = await wallet.store.getAll("copies");
    expect(copies).toHaveLength(3);
    const lost = shown.map((text) => JSON.parse(text) as { credentials: { credential: string }[] });
    const lostKeys = lost
      .flatMap((one) => one.credentials)
      .map(({ credential }) => Buffer.from(credential.split(".")[1] as string, "base64url").toString());
    for (const copy of copies)
      expect(lostKeys.some((payload) => payload.includes(copy.key.publicJwk.x))).toBe(false);
  });

  it("is received once where two pages go on with it, and both have it", async () => {
    await accept();
    const [first, second] = await Promise.all([
      collect(wallet, await begun()),
      collect(wallet, await begun()),
    ]);
    expect(await listClaims(wallet.store)).toHaveLength(1);
    expect(first.map((one) => one.id)).toEqual(second.map((one) => one.id));
    expect(await wallet.store.count("copies")).toBe(3);
  });

  it("is found as received by a page that opens the link again, and as gone when the claim was deleted", async () => {
    await collect(wallet, await accept());
    const found = await findBegun(wallet, await offerIdOf(LINK));
    expect(found).toMatchObject({ claims: [{ issuerUrl: ISSUER }] });
    for (const claim of await listClaims(wallet.store)) await deleteClaim(wallet.store, claim.id);
    expect(await findBegun(wallet, await offerIdOf(LINK))).toBeUndefined();
  });

  it("keeps nothing when everything was deleted meanwhile", async () => {
    const grant = await accept();
    intercept(async (issue) => {
      await deleteEverything(wallet.store);
      return await issue();
    });
    expect(await codeOf(collect(wallet, grant))).toBe("offer_used");
    expect(await listClaims(wallet.store)).toEqual([]);
  });

  it("goes on from the page itself where nothing can be kept at first", async () => {
    const full = await createWallet(world);
    const opened = await openOffer(full, LINK);
    const { transaction } = IDBDatabase.prototype;
    IDBDatabase.prototype.transaction = function (names, mode, options) {
      if (mode === "readwrite") throw new DOMException("full", "QuotaExceededError");
      return transaction.call(this, names, mode, options);
    };
    const grant = await redeem(full, opened, "123456");
    expect(grant.kept).toBe(false);
    expect(await codeOf(collect(full, grant, opened))).toBe("storage_failed");
    IDBDatabase.prototype.transaction = transaction;
    expect(await collect(full, grant, opened)).toHaveLength(1);
  });

  it("keeps no token that is bound to no key", async () => {
    world.handlers.set(`POST ${ISSUER}/token`, () =>
      json({ access_token: "bearer", token_type: "Bearer", expires_in: 60 }),
    );
    expect((await accept()).kept).toBe(false);
    expect(await wallet.store.getAll("pending")).toEqual([]);
  });
});

describe("the time of an offer that is being received", () => {
  const at = (now: number): Wallet => ({ ...wallet, now: () => now });

  it("is the token's, and nothing of it stays afterwards", async () => {
    await accept();
    expect(await listPending(wallet.store, NOW + 299)).toHaveLength(1);
    expect(await findBegun(at(NOW + 300), await offerIdOf(LINK))).toBeUndefined();
    expect(await wallet.store.getAll("pending")).toEqual([]);
  });

  it("is bounded, and a clock that was set back does not prolong it", async () => {
    world.handlers.set(`POST ${ISSUER}/token`, () =>
      json({ access_token: "token", token_type: "DPoP", expires_in: 10_000_000 }),
    );
    expect((await accept()).expiresAt).toBe(NOW + 3600);
    expect(await listPending(wallet.store, NOW - 10)).toEqual([]);
    expect(await wallet.store.getAll("pending")).toEqual([]);
  });

  it("ends when the department says no, and not when the connection breaks", async () => {
    const grant = await accept();
    let restore = intercept(broken);
    expect(await codeOf(collect(wallet, grant))).toBe("offline");
    expect(await listPending(wallet.store, NOW)).toHaveLength(1);
    restore();
    restore = intercept(() => json({ error: "temporarily_unavailable" }, 503));
    expect(await codeOf(collect(wallet, grant))).toBe("peer_failed");
    expect(await listPending(wallet.store, NOW)).toHaveLength(1);
    restore();
    for (const error of ["invalid_token", "credential_request_denied"]) {
      await addPending(wallet.store, grant as PendingOffer);
      restore = intercept(() => json({ error }, error === "invalid_token" ? 401 : 400));
      expect(await codeOf(collect(wallet, grant))).toBe("offer_used");
      expect(await listPending(wallet.store, NOW)).toEqual([]);
      restore();
    }
  });

  it("ends when the claim is refused, and not when only the clock is wrong", async () => {
    await accept();
    world.state.change = (payload) => ({ ...payload, exp: NOW - 1 });
    expect(await codeOf(collect(wallet, await begun()))).toBe("claim_expired");
    world.state.change = (payload) => ({ ...payload, vct: "urn:pdx:claim:dwp:other:1" });
    expect(await codeOf(collect(wallet, await begun()))).toBe("claim_type_mismatch");
    expect(await wallet.store.getAll("pending")).toEqual([]);
  });

  it("ends with the department's membership", async () => {
    await accept();
    const departments = world.trustList.departments.map((one) => ({ ...one, suspended: true }));
    world.trustList = { ...world.trustList, departments, sequence_number: 8 };
    expect(await codeOf(collect(wallet, await begun()))).toBe("issuer_unknown");
    expect(await wallet.store.getAll("pending")).toEqual([]);
  });
});

describe("the store", () => {
  it("takes over what an older version kept", async () => {
    const old = await openDB("older", 1, {
      upgrade(database) {
        database.createObjectStore("claims", { keyPath: "id" }).put({ id: "1", addedAt: 1 });
        database.createObjectStore("copies", { keyPath: "id" }).createIndex("by-claim", "claimId");
        database.createObjectStore("shared", { keyPath: "id" });
        database.createObjectStore("files", { keyPath: "url" });
      },
    });
    old.close();
    const store = await openStore("older");
    expect((await listClaims(store)).map((one) => one.id)).toEqual(["1"]);
    expect(await listPending(store, NOW)).toEqual([]);
  });

  it("says so where a page of an older version does not let go", async () => {
    await openDB("held", 1);
    expect(await codeOf(openStore("held"))).toBe("other_tab");
  });

  it("says so where the browser denies it, at once or later", async () => {
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = () => {
      throw new DOMException("denied", "SecurityError");
    };
    expect(await codeOf(openStore("denied"))).toBe("storage_failed");
    IDBFactory.prototype.open = open;
  });

  it("lets go of its connection for a newer version", async () => {
    let replaced = false;
    await openStore("newer", () => {
      replaced = true;
    });
    const newer = await openDB("newer", 9);
    expect(replaced).toBe(true);
    newer.close();
  });
});
