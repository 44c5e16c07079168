// Checks own-signatures.json with libsignal's verifier: the signatures were made by XEdDsa.Sign from fixed random bytes.
// Run like make.mjs, with a copy of own-signatures.json beside it. Prints how many hold, and fails unless all do.
import fs from 'fs';
import { verifySignature } from 'libsignal/src/curve.js';

const list = JSON.parse(fs.readFileSync('own-signatures.json', 'utf8'));
const bytes = text => Buffer.from(text, 'base64');
// libsignal's own function: the wrapper in Baileys ignores its result.
const verify = (v, message) => verifySignature(Buffer.concat([Buffer.from([5]), bytes(v.public)]), message, bytes(v.signature));
const good = list.filter(v => verify(v, bytes(v.message)));
const forged = list.filter(v => verify(v, Buffer.concat([bytes(v.message), Buffer.alloc(1)])));
console.log(`${good.length}/${list.length} verified, ${forged.length} forged ones passed`);
process.exit(good.length === list.length && forged.length === 0 ? 0 : 1);
