/** What a claims path selects (OpenID4VP 1.0 §7.1.1, SD-JWT VC draft 13 §9.1.2). */

import { isObject, type Json, type JsonObject } from "./encoding";
import type { Path, QueryPath } from "./sdJwt";

type Selected = readonly (readonly [Path, Json])[];

/** Every place that `path` selects with its value; undefined where a step does not fit the value that it meets. */
export function selectPlaces(claims: JsonObject, path: QueryPath): Selected | undefined {
  return path.reduce<Selected | undefined>(
    (selected, step) => selected && takeStep(selected, step),
    [[[], claims]],
  );
}

// §7.1.1: one value that the step does not fit ends the whole processing, not only its own branch.
function takeStep(selected: Selected, step: string | number | null): Selected | undefined {
  const found: (readonly [Path, Json])[] = [];
  for (const [at, value] of selected) {
    const next = children(value, step);
    if (next === undefined) return undefined;
    for (const [name, child] of next) found.push([[...at, name], child]);
  }
  return found;
}

function children(value: Json, step: string | number | null): [string | number, Json][] | undefined {
  if (typeof step === "string") {
    if (!isObject(value)) return undefined;
    return Object.hasOwn(value, step) ? [[step, value[step] as Json]] : [];
  }
  if (!Array.isArray(value)) return undefined;
  const all = value.map((child, index): [number, Json] => [index, child]);
  return step === null ? all : all.slice(step, step + 1);
}
