// Holds custom resources against the types and validators of their operators. Reads {kind: [resources]} as JSON on standard
// input and writes one problem a line. Two looks, because each is blind to half: the validators know what is needed and
// of which form, but take a key that they do not know; the types know every key.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const MODULES = {
  "keda.sh/v1alpha1": "@kubernetes-models/keda/keda.sh/v1alpha1",
  "monitoring.coreos.com/v1": "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1",
};

const resources = JSON.parse(readFileSync(0, "utf8"));
const problems = [];
const names = [];
const source = [];

for (const resource of resources) {
  const name = `${resource.kind} ${resource.metadata?.name}`;
  const module = MODULES[resource.apiVersion];
  const Model = module && (await import(module))[resource.kind];
  if (!Model) {
    problems.push(`${name}: ${resource.apiVersion} ${resource.kind} is not known`);
    continue;
  }
  try {
    new Model(resource).validate();
  } catch (error) {
    problems.push(`${name}: ${error.message}`);
  }
  source.push(
    `import type { I${resource.kind} as T${names.length} } from ${JSON.stringify(module)};`,
    `export const r${names.length}: T${names.length} = ${JSON.stringify(resource, null, 1)};`,
  );
  names.push(name);
}

// Beside node_modules, because that is where the compiler looks for types.
const folder = mkdtempSync(join(dirname(fileURLToPath(import.meta.url)), "node_modules", ".check-"));
try {
  const file = join(folder, "resources.ts");
  writeFileSync(file, source.join("\n"));
  const program = ts.createProgram([file], {
    strict: true, noEmit: true, skipLibCheck: true, types: [],
    module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, target: ts.ScriptTarget.ES2022,
  });
  for (const diagnostic of ts.getPreEmitDiagnostics(program)) {
    const before = diagnostic.file ? diagnostic.file.text.slice(0, diagnostic.start) : "";
    const index = (before.match(/^export const r/gm) ?? [""]).length - 1;
    problems.push(`${names[index]}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, " ")}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
for (const problem of problems) console.log(problem);
