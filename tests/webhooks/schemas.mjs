// Judges events by the schemas of the API's description, with a validator that knows nothing of this product. Reads openapi.json and
// [{"body"}], prints a line for each event that its type's schema refuses, or that has a field which no schema names, and last how many
// of which types were accepted.
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const description = JSON.parse(readFileSync(process.argv[2], "utf8"));
// Readers ignore what they do not know; here it is a mistake.
for (const [name, schema] of Object.entries(description.components.schemas))
  if (schema.properties && name !== "EventEnvelope") schema.additionalProperties ??= false;
const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { byte: true, int32: true, int64: true, double: true, float: true } });
addFormats.default(ajv, ["date-time", "uri"]);
ajv.addSchema(description, "api");
const accepted = new Map();
for (const [i, { body }] of JSON.parse(readFileSync(process.argv[3], "utf8")).entries()) {
  const event = JSON.parse(body);
  const valid = ajv.getSchema(`api#/webhooks/${event.type}/post/requestBody/content/application~1json/schema`);
  const known = new Set(["type", "data", ...Object.keys(description.components.schemas.EventEnvelope.properties)]);
  const unknown = Object.keys(event).filter((field) => !known.has(field));
  if (!valid) console.log(`event ${i}: there is no schema of ${event.type}`);
  else if (!valid(event)) console.log(`event ${i}, ${event.type}: ${ajv.errorsText(valid.errors)}`);
  else if (unknown.length) console.log(`event ${i}, ${event.type}: no schema names ${unknown}`);
  else accepted.set(event.type, (accepted.get(event.type) ?? 0) + 1);
}
console.log(`accepted ${[...accepted.values()].reduce((a, b) => a + b, 0)} of ${[...accepted.keys()].sort().join(",")}`);
