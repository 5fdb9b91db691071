/**
 * Finds out whether departments have withdrawn claims.
 *
 * At most once a day, when the app opens, and never while a request is answered: a fetch at that moment would tell the
 * department when a claim is shown (docs/decisions/0014-when-a-wallet-looks-at-the-status.md). The list is one file for
 * thousands of people and is fetched without saying which entry is meant.
 */

import { good } from "../network";
import { utf8Decode } from "../protocol/encoding";
import { type Status, statusAt, verifyStatusList } from "../protocol/statusList";
import type { Trust } from "../protocol/trust";
import { isDoubted, listClaims, peekCopy, type StoredClaim, setStatus } from "../store";
import type { Wallet } from "../wallet";
import { loadTrust } from "./loadTrust";

const ONE_DAY = 86_400;

/** Looks at each claim whose last look is a day old. Returns whether anything changed. */
export async function refreshStatus(wallet: Wallet): Promise<boolean> {
  return await refreshWhere(wallet, (claim) => wallet.now() - claim.statusCheckedAt >= ONE_DAY);
}

/** Looks at the claims that a service refused, as soon as their owner looks at them. */
export async function refreshDoubted(wallet: Wallet): Promise<boolean> {
  return await refreshWhere(wallet, isDoubted);
}

async function refreshWhere(wallet: Wallet, isDue: (claim: StoredClaim) => boolean): Promise<boolean> {
  const due = (await listClaims(wallet.store)).filter(isDue);
  if (due.length === 0) return false;
  const trust = await loadTrust(wallet);
  const changes = await Promise.all(due.map((claim) => refreshOne(wallet, trust, claim)));
  return changes.includes(true);
}

async function refreshOne(wallet: Wallet, trust: Trust, claim: StoredClaim): Promise<boolean> {
  const copy = await peekCopy(wallet.store, claim.id);
  if (copy?.status === undefined) return false;
  const { uri, index } = copy.status;
  const status = await fetchStatus(wallet, trust, { uri, index, issuerId: claim.issuerId }).catch(
    () => undefined,
  );
  if (status === undefined) return false; // no connection; the next start asks again
  await setStatus(wallet.store, claim.id, status, wallet.now());
  return status !== claim.status;
}

async function fetchStatus(
  wallet: Wallet,
  trust: Trust,
  about: { uri: string; index: number; issuerId: string },
): Promise<Status> {
  const headers = { Accept: "application/statuslist+jwt" };
  const body = good(await wallet.network.send(about.uri, { headers, maxBytes: 2_000_000 }));
  const list = await verifyStatusList(utf8Decode(body).trim(), {
    trust,
    now: wallet.now(),
    expectedUri: about.uri,
  });
  // Another organisation's list says nothing about this claim.
  return list.organisationId === about.issuerId ? statusAt(list, about.index) : "unknown";
}
