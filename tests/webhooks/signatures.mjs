// Judges signatures of webhooks with node's own cryptography: Ed25519 of Standard Webhooks, whose public key is made of the seed here, and
// Meta's HMAC of the body. Reads [{"seed", "secret", "id", "timestamp", "signatures", "hub", "body", "good"}], prints a line for each that
// is not judged as "good" says and, last, how many were.
import { createHmac, createPrivateKey, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";

// RFC 8410: what stands before the seed of a private key in PKCS #8.
const head = Buffer.from("302e020100300506032b657004220420", "hex");

let judged = 0;
for (const [i, post] of JSON.parse(readFileSync(process.argv[2], "utf8")).entries()) {
  const seed = Buffer.from(post.seed, "base64");
  const key = createPublicKey(createPrivateKey({ key: Buffer.concat([head, seed]), format: "der", type: "pkcs8" }));
  const message = Buffer.from(`${post.id}.${post.timestamp}.${post.body}`);
  const signed = post.signatures
    .split(" ")
    .some((s) => s.startsWith("v1a,") && verify(null, message, key, Buffer.from(s.slice(4), "base64")));
  const hub = post.hub === `sha256=${createHmac("sha256", post.secret).update(post.body).digest("hex")}`;
  if (signed === post.good && hub === post.good) judged++;
  else console.log(`post ${i}: Ed25519 ${signed}, HMAC ${hub}`);
}
console.log(`judged ${judged}`);
