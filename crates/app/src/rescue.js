#!/usr/bin/env node
// Opens a file sealed by dataward, without dataward: npm install @aws-crypto/client-node
const crypto = require("crypto"), fs = require("fs"), path = require("path"), readline = require("readline");
const { pipeline } = require("stream/promises");
const { buildClient, CommitmentPolicy, RawRsaKeyringNode } = require("@aws-crypto/client-node");

function sheet(words) { // proquints: five letters are sixteen bits; key id 4, threshold 1, x 1, y 32, checksum 2
  const letters = words.toLowerCase().replace(/[^a-z]/g, "");
  let bits = "";
  [...letters].forEach((letter, i) => {
    const [alphabet, width] = i % 5 % 2 === 0 ? ["bdfghjklmnprstvz", 4] : ["aiou", 2];
    if (!alphabet.includes(letter)) throw new Error(`letter ${i + 1} of a sheet was misread`);
    bits += alphabet.indexOf(letter).toString(2).padStart(width, "0");
  });
  return Buffer.from(bits.match(/.{8}/g).map(byte => parseInt(byte, 2)));
}

function times(a, b) { // GF(256) with x^8+x^4+x^3+x^2+1
  let r = 0;
  for (; b; b >>= 1, a = a << 1 ^ (a >> 7) * 0x11d) if (b & 1) r ^= a;
  return r;
}

const over = (a, b) => [...Array(256).keys()].find(q => times(q, b) === a);

async function main([sealed, output]) {
  const terminal = process.stdin.isTTY === true;
  const reader = readline.createInterface({ input: process.stdin, output: process.stderr, terminal });
  reader._writeToOutput = () => {}; // the words are not shown
  const lines = reader[Symbol.asyncIterator]();
  const ask = async what => {
    process.stderr.write(what);
    const line = (await lines.next()).value;
    if (terminal) process.stderr.write("\n");
    if (!line) throw new Error("not enough sheets");
    return sheet(line);
  };
  const sheets = [await ask("words of a sheet: ")];
  while (sheets.length < sheets[0][4]) sheets.push(await ask("words of another sheet: "));
  reader.close();
  const code = Buffer.alloc(32);
  for (const s of sheets) {
    let weight = 1;
    for (const o of sheets) if (o !== s) weight = times(weight, over(o[5], o[5] ^ s[5]));
    for (let i = 0; i < 32; i++) code[i] ^= times(weight, s[6 + i]);
  }
  const pem = name => fs.readFileSync(path.join(__dirname, name), "utf8");
  const privateKey = crypto.createPrivateKey({ key: pem("recovery-private.pem"), passphrase: code.toString("hex") });

  // From here on: the AWS Encryption SDK alone, offline.
  const keyring = new RawRsaKeyringNode({
    keyNamespace: "recovery", keyName: "RECOVERY_KEY_ID", oaepHash: "sha256",
    rsaKey: { privateKey: privateKey.export({ type: "pkcs8", format: "pem" }), publicKey: pem("recovery-public.pem") },
  });
  const { decryptStream } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
  await pipeline(fs.createReadStream(sealed), decryptStream(keyring), fs.createWriteStream(output));
}

main(process.argv.slice(2)).catch(error => { console.error(error.message); process.exit(1); });
