/** Whether a claim can be used now, and if not, why. */

import { countCopies, listClaims, type StoredClaim } from "../store";
import type { Wallet } from "../wallet";

export type Problem = "revoked" | "suspended" | "unknown" | "ended" | "used";

export interface ClaimState {
  readonly claim: StoredClaim;
  /** How many times it can still be shared. */
  readonly copies: number;
  /** Undefined while it can be used. */
  readonly problem: Problem | undefined;
}

export async function readClaimState(wallet: Wallet, claim: StoredClaim): Promise<ClaimState> {
  const copies = await countCopies(wallet.store, claim.id);
  return { claim, copies, problem: problemOf(claim, copies, wallet.now()) };
}

export async function readClaimStates(wallet: Wallet): Promise<ClaimState[]> {
  const claims = await listClaims(wallet.store);
  return await Promise.all(claims.map((claim) => readClaimState(wallet, claim)));
}

function problemOf(claim: StoredClaim, copies: number, now: number): Problem | undefined {
  if (claim.status !== "valid") return claim.status;
  if (claim.expiresAt !== undefined && now >= claim.expiresAt) return "ended";
  return copies === 0 ? "used" : undefined;
}
