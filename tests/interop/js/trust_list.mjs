// Reads a List of Trusted Entities (JSON) from standard input and says whether @owf/eudi-lote finds it valid.
import { readFileSync } from 'node:fs'
import { validateLoTE } from '@owf/eudi-lote'

process.stdout.write(JSON.stringify(validateLoTE(JSON.parse(readFileSync(0, 'utf8')))))
