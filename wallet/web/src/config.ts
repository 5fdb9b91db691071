/** What this installation trusts: `/config.json`, served beside the app. */

import {
  type JsonObject,
  memberArray,
  memberObject,
  memberString,
  parseJsonObject,
} from "./protocol/encoding";
import { Refusal } from "./protocol/errors";

export interface Config {
  readonly networkName: string;
  readonly trustListUrl: string;
  /** PEM; the network's own roots. */
  readonly rootCertificates: readonly string[];
  /** PEM; authorities of test parties, trusted although the trust list does not name them. */
  readonly extraIssuerAnchors: readonly string[];
  readonly extraServiceAnchors: readonly string[];
  readonly demo: boolean;
  /** http://localhost is good enough for the demo, on one machine. */
  readonly allowHttpLocalhost: boolean;
}

export function parseConfig(text: string): Config {
  const document = parseJsonObject(text);
  const network = memberObject(document, "network");
  const demo = document.demo === true;
  return {
    networkName: typeof network.name === "string" ? network.name : "",
    trustListUrl: memberString(network, "trustListUrl"),
    extraIssuerAnchors: readPems(network, "extraIssuerAnchors"),
    extraServiceAnchors: readPems(network, "extraServiceAnchors"),
    rootCertificates: readRoots(network),
    demo,
    // Insecure addresses count in the demo only.
    allowHttpLocalhost: demo && document.allowHttpLocalhost !== false,
  };
}

function readRoots(network: JsonObject): string[] {
  const roots = readPems(network, "rootCertificates");
  if (roots.length === 0) throw new Refusal("message_malformed", "the configuration trusts nobody");
  return roots;
}

function readPems(network: JsonObject, name: string): string[] {
  if (network[name] === undefined) return [];
  return memberArray(network, name).filter((one) => typeof one === "string");
}
