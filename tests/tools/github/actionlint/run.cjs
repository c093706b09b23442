// Lints workflow files with actionlint's WebAssembly build and prints what it says as JSON: [{file, line, column, message, kind}].
"use strict";
const fs = require("node:fs");
const path = require("node:path");

const home = path.join(__dirname, "node_modules", "@tktco", "node-actionlint");
globalThis.throwError = (message) => {
  throw new Error(message);
};
require(path.join(home, "wasm_exec.js"));

async function main(files) {
  const go = new globalThis.Go();
  const { instance } = await WebAssembly.instantiate(fs.readFileSync(path.join(home, "main.wasm")), go.importObject);
  go.run(instance); // never resolves: the program waits for calls
  const said = [];
  for (const file of files) {
    const found = await globalThis.runActionlint(fs.readFileSync(file, "utf8"), file);
    for (const { line, column, message, kind } of found) said.push({ file, line, column, message, kind });
  }
  fs.writeSync(1, JSON.stringify(said));
  process.exit(0);
}

main(process.argv.slice(2)).catch((error) => {
  fs.writeSync(2, `${error.stack}\n`);
  process.exit(1);
});
