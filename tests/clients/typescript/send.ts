// Sends a text and prints its id and state: node generated/out/send.js GATEWAY KEY NAMESPACE SESSION TO
import createClient from "openapi-fetch";
import type { paths } from "./generated/api.js";

declare const process: { argv: string[] };

const [baseUrl, key, namespace, name, to] = process.argv.slice(2);
if (!baseUrl || !namespace || !name) throw new Error("GATEWAY KEY NAMESPACE SESSION TO");
const api = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });
const messages = "/v1/sessions/{namespace}/{name}/messages";
const params = { path: { namespace, name } };

const sent = await api.POST(messages, {
  params,
  body: { to, text: { body: "hello" }, metadata: { order: "4711" } },
});
if (!sent.data || !("id" in sent.data)) throw new Error(`${sent.error?.title}: ${sent.error?.detail}`);
console.log(`${sent.data.id} ${sent.data.state}`);

const refused = await api.POST(messages, { params, body: { text: "to whom?" } });
console.log(refused.error?.type);
