// Judges posts of webhooks with packages that know nothing of this product: signatures by standardwebhooks and svix, payloads by
// cloudevents. Reads [{"secret", "headers", "body"}], prints a line for each that is refused and, last, how many were accepted.
import { readFileSync } from "node:fs";
import { HTTP } from "cloudevents";
import { Webhook } from "standardwebhooks";
import { Webhook as Svix } from "svix";

let accepted = 0;
for (const [i, post] of JSON.parse(readFileSync(process.argv[2], "utf8")).entries()) {
  try {
    const payload = new Webhook(post.secret).verify(post.body, post.headers);
    new Svix(post.secret).verify(post.body, post.headers);
    if (typeof payload.type !== "string" || typeof payload.timestamp !== "string") throw new Error("no payload of Standard Webhooks");
    const event = HTTP.toEvent({ headers: { "content-type": "application/cloudevents+json" }, body: post.body });
    event.validate();
    if (event.id !== post.headers["webhook-id"]) throw new Error(`id ${event.id} is posted as ${post.headers["webhook-id"]}`);
    if (new Date(event.time).toISOString() !== payload.timestamp) throw new Error("time and timestamp differ");
    accepted++;
  } catch (e) {
    console.log(`post ${i}: ${e.message}`);
  }
}
console.log(`accepted ${accepted}`);
