/** Vectors that Python and TypeScript share; they stand in tests/vectors of the project. */

import { readFileSync } from "node:fs";

export function readVectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../../../tests/vectors/${name}`, import.meta.url), "utf8")) as T;
}
