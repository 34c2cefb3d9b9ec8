// Prints the files given as arguments, parsed by Terraform's own parser, as JSON: {file: content}.

import { readFileSync } from "node:fs";
import { parse } from "@cdktf/hcl2json";

const parsed = {};
for (const file of process.argv.slice(2)) {
  parsed[file] = await parse(file, readFileSync(file, "utf8"));
}
console.log(JSON.stringify(parsed));
