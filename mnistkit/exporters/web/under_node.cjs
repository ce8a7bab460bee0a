// Answers under node for the exported page of a folder: `node under_node.cjs FOLDER`.
//
// It writes a byte when the model is open. Then, for each request on stdin (a uint32 count, and so
// many images of 784 bytes) it writes the probabilities as float32.

const { readFileSync } = require("node:fs");
const { pathToFileURL } = require("node:url");

const folder = pathToFileURL(`${process.argv[2]}/`);
const bytesOf = (name) => new Uint8Array(readFileSync(new URL(name, folder)));

async function* requests() {
  let received = Buffer.alloc(0);
  for await (const part of process.stdin) {
    received = Buffer.concat([received, part]);
    while (received.length >= 4 && received.length >= 4 + 784 * received.readUInt32LE()) {
      const end = 4 + 784 * received.readUInt32LE();
      yield Uint8Array.from(received.subarray(4, end));
      received = received.subarray(end);
    }
  }
}

async function answer() {
  const { MODEL, WASM, openClassifier } = await import(new URL("classifier.js", folder));
  const classify = await openClassifier(bytesOf(MODEL), bytesOf(WASM));
  process.stdout.write("+");
  for await (const pixels of requests()) {
    const { buffer, byteOffset, byteLength } = await classify(pixels);
    process.stdout.write(Buffer.from(buffer, byteOffset, byteLength));
  }
}

answer().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
