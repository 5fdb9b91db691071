/** What a claim says about a person, apart from what it says about itself. */

import { isObject, type JsonObject } from "./encoding";

/** SD-JWT VC draft 13 §3.2.2.2, with draft 18's `aka_vcts`: never selectively disclosed, nor anything inside them. */
export const ALWAYS_OPEN: readonly string[] = [
  "iss",
  "nbf",
  "exp",
  "cnf",
  "vct",
  "vct#integrity",
  "aka_vcts",
  "status",
];

// These say what the claim is; everything else, `sub` included, says something about the citizen and is shown to them.
const REGISTERED: readonly string[] = [...ALWAYS_OPEN, "iat"];

/** What a claim says about a person. */
export function withoutRegistered(claims: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !REGISTERED.includes(name)));
}

/** Null says something as well, and is sent like everything else. */
export type Fact = string | number | boolean | null;

/** Every single fact with its place, objects and lists taken apart. */
export function flatten(value: JsonObject): { path: (string | number)[]; value: Fact }[] {
  const walk = (at: unknown, path: (string | number)[]): ReturnType<typeof flatten> => {
    if (Array.isArray(at)) return at.flatMap((one, index) => walk(one, [...path, index]));
    if (isObject(at)) return Object.entries(at).flatMap(([name, one]) => walk(one, [...path, name]));
    return [{ path, value: at as Fact }];
  };
  return walk(value, []);
}
