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
  /** The offer that it came with, as in PendingOffer. */
  readonly offerId?: string;
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
  /** Unix seconds; DOUBTED where a service refused the claim since. */
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

/**
 * The right to fetch an offer's claims, granted but not yet used: kept so that a page that is loaded again goes on.
 *
 * The token is bound to `dpopKey` (RFC 9449), whose private half can't be read; a token that is bound to nothing is never
 * kept. The transaction code is not here, and the claims' own keys are made anew for each try: what was asked for and
 * never arrived must not share a key with what is held.
 */
export interface PendingOffer {
  /** Stands for the offer, and tells nothing of it: a digest of the link. */
  readonly id: string;
  readonly issuerId: string;
  readonly issuerName: Localised;
  readonly issuerUrl: string;
  readonly wanted: readonly WantedClaim[];
  readonly accessToken: string;
  readonly dpopKey: HolderKey;
  readonly dpopNonce: string | undefined;
  /** By configuration: what to name in the request instead (OpenID4VCI 1.0 §6.2, §8.2). */
  readonly identifiers: ReadonlyMap<string, string>;
  /** Unix seconds. */
  readonly expiresAt: number;
}

export interface WantedClaim {
  readonly configurationId: string;
  readonly vct: string;
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
  /** Where everybody can read what the service was approved to ask; what was kept before there was one has none. */
  readonly register?: Localised | undefined;
  readonly outcome: "shared" | "declined" | "unknown" | "refused";
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
  pending: { key: string; value: PendingOffer };
}

export type Store = IDBPDatabase<Schema>;

const VERSION = 2;

/** `onReplaced` is called when another page needs a newer form of the database; this connection is closed by then. */
export async function openStore(name = "wallet", onReplaced?: () => void): Promise<Store> {
  return await new Promise((resolve, reject) => {
    const open = async () =>
      await openDB<Schema>(name, VERSION, {
        upgrade,
        // A page that does not close its connection would keep this one waiting for ever.
        blocked: () => reject(new Refusal("other_tab", "a page of an older version is open")),
        blocking: (_current, _next, event) => {
          (event.target as IDBDatabase).close();
          onReplaced?.();
        },
      });
    open().then(resolve, (cause) =>
      reject(new Refusal("storage_failed", "the browser keeps nothing", { cause })),
    );
  });
}

function upgrade(database: IDBPDatabase<Schema>, oldVersion: number): void {
  if (oldVersion < 1) {
    database.createObjectStore("claims", { keyPath: "id" });
    database.createObjectStore("copies", { keyPath: "id" }).createIndex("by-claim", "claimId");
    database.createObjectStore("shared", { keyPath: "id" });
    database.createObjectStore("files", { keyPath: "url" });
  }
  if (oldVersion < 2) database.createObjectStore("pending", { keyPath: "id" });
}

// --- offers that are being received ---

/** No right to fetch lasts longer on this phone, whatever the department says. */
export const MAX_PENDING_SECONDS = 3600;

/** A clock that was set back by more than the longest life ends it as well. */
function isOver({ expiresAt }: PendingOffer, now: number): boolean {
  return now >= expiresAt || expiresAt - now > MAX_PENDING_SECONDS;
}

export async function addPending(store: Store, pending: PendingOffer): Promise<void> {
  try {
    const write = store.transaction("pending", "readwrite", { durability: "strict" });
    await write.store.put(pending);
    await write.done;
  } catch (cause) {
    throw new Refusal("storage_failed", "the grant could not be kept", { cause });
  }
}

/** The offers that can still be received; those that can't any more are deleted. */
export async function listPending(store: Store, now: number): Promise<PendingOffer[]> {
  const write = store.transaction("pending", "readwrite");
  const all = await write.store.getAll();
  for (const one of all) if (isOver(one, now)) await write.store.delete(one.id);
  await write.done;
  return all.filter((one) => !isOver(one, now));
}

export async function dropPending(store: Store, id: string): Promise<void> {
  await store.delete("pending", id);
}

/** What came with an offer, if it came. */
export async function claimsOf(store: Store, offerId: string): Promise<StoredClaim[]> {
  return (await listClaims(store)).filter((one) => one.offerId === offerId);
}

/** A claim with all its copies. */
export interface NewClaim {
  readonly claim: StoredClaim;
  readonly copies: readonly StoredCopy[];
}

/**
 * Keeps every claim with all its copies, or nothing. With `pendingId` that offer ends in the same transaction, so that
 * of two pages that receive one offer exactly one keeps it; returns false to the other.
 */
export async function addClaims(
  store: Store,
  entries: readonly NewClaim[],
  pendingId?: string,
): Promise<boolean> {
  try {
    return await writeClaims(store, entries, pendingId);
  } catch (cause) {
    throw new Refusal("storage_failed", "the claim could not be kept", { cause });
  }
}

async function writeClaims(
  store: Store,
  entries: readonly NewClaim[],
  pendingId: string | undefined,
): Promise<boolean> {
  const write = store.transaction(["claims", "copies", "pending"], "readwrite", { durability: "strict" });
  try {
    const pending = write.objectStore("pending");
    if (pendingId !== undefined) {
      if ((await pending.get(pendingId)) === undefined) return false;
      await pending.delete(pendingId);
    }
    for (const { claim, copies } of entries) {
      await write.objectStore("claims").put(claim);
      for (const copy of copies) await write.objectStore("copies").put(copy);
    }
    await write.done;
    return true;
  } catch (cause) {
    await undo(write);
    throw cause;
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
  const names = ["claims", "copies", "shared", "files", "pending"] as const;
  const write = store.transaction(names, "readwrite", { durability: "strict" });
  for (const name of names) await write.objectStore(name).clear();
  await write.done;
}

/** Writes down how a request ended, unless its owner has deleted the record meanwhile. */
export async function closeRecord(store: Store, id: string, outcome: SharedRecord["outcome"]): Promise<void> {
  const write = store.transaction("shared", "readwrite");
  const record = await write.store.get(id);
  if (record !== undefined) await write.store.put({ ...record, outcome });
  await write.done;
}

/** Writes down what a department's list says of a claim, unless its owner has deleted the claim meanwhile. */
export async function setStatus(
  store: Store,
  claimId: string,
  status: Status,
  checkedAt: number,
): Promise<void> {
  const write = store.transaction("claims", "readwrite");
  const claim = await write.store.get(claimId);
  if (claim !== undefined) await write.store.put({ ...claim, status, statusCheckedAt: checkedAt });
  await write.done;
}

const DOUBTED = 0;

/** Makes a claim's status due to be looked at; what is known of it stays. */
export async function doubtStatus(store: Store, claimId: string): Promise<void> {
  const write = store.transaction("claims", "readwrite");
  const claim = await write.store.get(claimId);
  if (claim !== undefined) await write.store.put({ ...claim, statusCheckedAt: DOUBTED });
  await write.done;
}

export function isDoubted(claim: StoredClaim): boolean {
  return claim.statusCheckedAt === DOUBTED;
}

export async function listRecords(store: Store): Promise<SharedRecord[]> {
  const records = await store.getAll("shared");
  return records.sort((left, right) => right.at - left.at);
}

/** Asks the browser not to clear this storage when space runs short; it may say no. */
export async function askToPersist(): Promise<boolean> {
  return (await navigator.storage?.persist?.()) ?? false;
}
