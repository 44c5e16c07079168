// Prints a line for each fault of an OpenAPI document: node lint.mjs FILE
import { createConfig, lint } from "@redocly/openapi-core";

const config = await createConfig({
  extends: ["recommended-strict"],
  rules: {
    // Each operation has "default", which stands for all problems, and its own 4xx.
    "operation-tag-defined": "error",
    "operation-4xx-response": "error",
    "no-invalid-media-type-examples": "error",
    "no-invalid-schema-examples": "error",
    "operation-operationId-unique": "error",
    "tag-description": "error",
    "no-unused-components": "error",
    // The server is the one that gives the document.
    "no-server-example.com": "error",
  },
});
const problems = await lint({ ref: process.argv[2], config });
for (const { ruleId, message, location } of problems)
  console.log(`${location[0]?.pointer ?? "#"}: ${message} (${ruleId})`);
