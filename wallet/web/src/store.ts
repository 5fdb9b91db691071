/**
 * What stays on this phone (IndexedDB): claims, their one-time copies with keys, what was shared, cached public files.
 *
 * Nothing of it leaves the phone except the presentation that its owner agrees to. Keys are CryptoKey objects whose
 * private half can't be read, even here.
 */

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { HolderKey } from "./keys";
import type { Bytes, JsonObject } from "./protocol/encoding";
import { Refusal } from "./protocol/errors";
import type { Localised } from "./protocol/localised";
import type { Status, StatusReference } from "./protocol/statusList";
import type { TypeAttribute } from "./protocol/typeMetadata";

/** A claim as its owner sees it. */
export interface StoredClaim {
  readonly id: string;
  readonly vct: string;
  readonly statement: Localised;
  readonly description: Localised | undefined;
  readonly attributes: readonly TypeAttribute[];
  readonly issuerId: string;
  readonly issuerName: Localised;
  /** Where to get it again. */
  readonly issuerUrl: string;
  readonly facts: JsonObject;
  readonly claims: JsonObject;
  readonly authorityKeyIds: readonly Bytes[];
  readonly issuedAt: number | undefined;
  readonly expiresAt: number | undefined;
  readonly addedAt: number;
  readonly status: Status;
  readonly statusCheckedAt: number;
}

/** One signed copy, to be shown once, with the key that it is bound to. */
export interface StoredCopy {
  readonly id: string;
  readonly claimId: string;
  readonly credential: string;
  readonly key: HolderKey;
  readonly status: StatusReference | undefined;
}

/** What was shared, with whom and why. */
export interface SharedRecord {
  /** Stands for the request, so that one request has one record. */
  readonly id: string;
  readonly at: number;
  readonly organisationId: string;
  readonly organisationName: Localised;
  readonly purpose: Localised;
  readonly retention: Localised;
  readonly privacyPolicy: string | undefined;
  readonly outcome: "shared" | "declined" | "unknown";
  readonly shared: readonly SharedItem[];
}

export interface SharedItem {
  readonly statement: Localised;
  readonly attributes: readonly Localised[];
}

export interface CachedFile {
  readonly url: string;
  readonly body: Bytes;
  readonly fetchedAt: number;
}

interface Schema extends DBSchema {
  claims: { key: string; value: StoredClaim };
  copies: { key: string; value: StoredCopy; indexes: { "by-claim": string } };
  shared: { key: string; value: SharedRecord };
  files: { key: string; value: CachedFile };
}

export type Store = IDBPDatabase<Schema>;

const VERSION = 1;

export async function openStore(name = "wallet"): Promise<Store> {
  try {
    return await openDB<Schema>(name, VERSION, {
      upgrade(database) {
        database.createObjectStore("claims", { keyPath: "id" });
        database.createObjectStore("copies", { keyPath: "id" }).createIndex("by-claim", "claimId");
        database.createObjectStore("shared", { keyPath: "id" });
        database.createObjectStore("files", { keyPath: "url" });
      },
    });
  } catch (cause) {
    throw new Refusal("storage_failed", "the browser keeps nothing", { cause });
  }
}

/** Keeps a claim and all its copies, or nothing. */
export async function addClaims(
  store: Store,
  entries: readonly { claim: StoredClaim; copies: readonly StoredCopy[] }[],
): Promise<void> {
  try {
    const write = store.transaction(["claims", "copies"], "readwrite", { durability: "strict" });
    for (const { claim, copies } of entries) {
      void write.objectStore("claims").put(claim);
      for (const copy of copies) void write.objectStore("copies").put(copy);
    }
    await write.done;
  } catch (cause) {
    throw new Refusal("storage_failed", "the claim could not be kept", { cause });
  }
}

export async function listClaims(store: Store): Promise<StoredClaim[]> {
  const claims = await store.getAll("claims");
  return claims.sort((left, right) => right.addedAt - left.addedAt);
}

/** How many times a claim can still be shown. */
export async function countCopies(store: Store, claimId: string): Promise<number> {
  return await store.countFromIndex("copies", "by-claim", claimId);
}

/** Any copy, to read from; never to show. */
export async function peekCopy(store: Store, claimId: string): Promise<StoredCopy | undefined> {
  return await store.getFromIndex("copies", "by-claim", claimId);
}

/**
 * Takes an unused copy of each claim out of the store and writes down what is about to be shared, all in one
 * transaction, before anything is sent.
 *
 * Two tabs can't take the same copy or answer the same request, and a phone that dies in between loses a copy rather
 * than showing it twice. The key goes with the copy: once it has signed, nobody can sign with it again.
 */
export async function takeCopies(
  store: Store,
  claimIds: readonly string[],
  record: SharedRecord,
): Promise<StoredCopy[]> {
  const write = store.transaction(["copies", "shared"], "readwrite", { durability: "strict" });
  try {
    const records = write.objectStore("shared");
    if ((await records.get(record.id)) !== undefined)
      throw new Refusal("already_answered", "the request was answered before");
    await records.put(record);
    const copies = write.objectStore("copies");
    const taken: StoredCopy[] = [];
    for (const claimId of claimIds) {
      const copy = await copies.index("by-claim").get(claimId);
      if (copy === undefined) throw new Refusal("copies_used", "every copy of the claim was used");
      await copies.delete(copy.id);
      taken.push(copy);
    }
    await write.done;
    return taken;
  } catch (error) {
    await undo(write);
    throw error;
  }
}

// Nothing of a transaction that failed half way may stay.
async function undo(write: { abort(): void; done: Promise<void> }): Promise<void> {
  try {
    write.abort();
  } catch {
    // it had ended by itself
  }
  await write.done.catch(() => undefined);
}

/** Deletes a claim with its copies and keys. */
export async function deleteClaim(store: Store, claimId: string): Promise<void> {
  const write = store.transaction(["claims", "copies"], "readwrite", { durability: "strict" });
  await write.objectStore("claims").delete(claimId);
  const copies = write.objectStore("copies");
  for (const key of await copies.index("by-claim").getAllKeys(claimId)) await copies.delete(key);
  await write.done;
}

/** Deletes everything, keys included. */
export async function deleteEverything(store: Store): Promise<void> {
  const names = ["claims", "copies", "shared", "files"] as const;
  const write = store.transaction(names, "readwrite", { durability: "strict" });
  for (const name of names) await write.objectStore(name).clear();
  await write.done;
}

export async function addRecord(store: Store, record: SharedRecord): Promise<void> {
  await store.put("shared", record);
}

export async function listRecords(store: Store): Promise<SharedRecord[]> {
  const records = await store.getAll("shared");
  return records.sort((left, right) => right.at - left.at);
}

/** Asks the browser not to clear this storage when space runs short; it may say no. */
export async function askToPersist(): Promise<boolean> {
  return (await navigator.storage?.persist?.()) ?? false;
}
