// ajv as it is by itself, which is strict: every schema of ours compiles, and an unknown word in one would not.

import { readFileSync } from "node:fs";

import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const read = (file) => JSON.parse(readFileSync(file, "utf8"));
const checker = () => addFormats(new Ajv({ allErrors: true }));
const [openapi, ...schemas] = process.argv.slice(2).map(read);

for (const schema of schemas) checker().compile(schema);

const ofRest = JSON.parse(JSON.stringify(openapi.components.schemas).replaceAll("#/components/schemas/", "#/$defs/"));
const ajv = checker().addSchema({ $id: "contract", $defs: ofRest });
for (const name of Object.keys(ofRest)) ajv.compile({ $ref: `contract#/$defs/${name}` });
