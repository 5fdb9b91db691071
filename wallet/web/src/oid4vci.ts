/** @openid4vc/openid4vci on this wallet's own keys, randomness and network. Loaded only when an offer is opened. */

import "./zodConfig";
import {
  type CallbackContext,
  clientAuthenticationAnonymous,
  type Jwk,
  type JwtSigner,
  Oauth2ClientErrorResponseError,
  setGlobalConfig,
} from "@openid4vc/oauth2";
import { Openid4vciClient, Openid4vciRetrieveCredentialsError } from "@openid4vc/openid4vci";
import { type HolderKey, randomBytes, sha256, signJwt } from "./keys";
import { asFetch, type Network } from "./network";
import type { JsonObject } from "./protocol/encoding";
import { Refusal } from "./protocol/errors";

export type { CredentialOfferObject, IssuerMetadataResult } from "@openid4vc/openid4vci";

/** The library's client; it signs only with `keys`. */
export function createClient(network: Network, keys: readonly HolderKey[]): Openid4vciClient {
  // Which addresses are good enough is decided in network.ts, for every request.
  setGlobalConfig({ allowInsecureUrls: true });
  return new Openid4vciClient({ callbacks: callbacks(network, keys) });
}

function callbacks(
  network: Network,
  keys: readonly HolderKey[],
): Omit<CallbackContext, "verifyJwt" | "decryptJwe" | "encryptJwe"> {
  return {
    fetch: asFetch(network),
    hash: (data) => sha256(new Uint8Array(data)),
    generateRandom: randomBytes,
    clientAuthentication: clientAuthenticationAnonymous(),
    signJwt: async (signer, { header, payload }) => {
      const key = keyOf(signer, keys);
      const jwt = await signJwt(key, header as JsonObject, payload as JsonObject);
      return { jwt, signerJwk: { ...key.publicJwk } };
    },
  };
}

/** Names `key` to the library. */
export function signerOf(key: HolderKey): { method: "jwk"; alg: string; publicJwk: Jwk } {
  return { method: "jwk", alg: "ES256", publicJwk: { ...key.publicJwk } };
}

function keyOf(signer: JwtSigner, keys: readonly HolderKey[]): HolderKey {
  const key =
    signer.method === "jwk" ? keys.find((one) => one.publicJwk.x === signer.publicJwk.x) : undefined;
  if (key === undefined) throw new Refusal("unexpected", "asked to sign with a key that is not here");
  return key;
}

/** What a department said no with (RFC 6749 §5.2). */
export interface OAuthError {
  readonly error: string;
  readonly description: string;
}

/** The error in a library's exception; undefined where the department gave none. */
export function oauthErrorOf(error: unknown): OAuthError | undefined {
  if (error instanceof Oauth2ClientErrorResponseError) return read(error.errorResponse);
  if (error instanceof Openid4vciRetrieveCredentialsError) {
    const result = error.response.ok ? undefined : error.response.credentialErrorResponseResult;
    if (result?.success) return read(result.data);
  }
  return undefined;
}

function read(answer: { error: string; error_description?: string | undefined }): OAuthError {
  return { error: answer.error, description: answer.error_description ?? "" };
}

/** Our own refusal where the library wrapped one; else what `fallback` says. */
export function unwrap(error: unknown, fallback: Refusal): Refusal {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof Refusal) return cause;
  return fallback;
}
