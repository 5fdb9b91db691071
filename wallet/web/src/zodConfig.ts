/** Imported before anything that uses zod: without this it probes for eval, which our policy forbids. */

import { config } from "zod";

config({ jitless: true });
