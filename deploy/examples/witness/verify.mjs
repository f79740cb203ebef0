// Checks an exported witness log with nothing but Node: node verify.mjs LOG.jsonl VERIFIER-KEY
// Every entry is hashed (RFC 6962), the root is compared with the checkpoint, and its Ed25519 signature is checked (C2SP signed-note).
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const leaf = (entry) => sha256(Buffer.of(0), entry);
const node = (left, right) => sha256(Buffer.of(1), left, right);

function fail(what) {
  console.log(`NOT VERIFIED: ${what}`);
  process.exit(1);
}

const [file, key] = process.argv.slice(2);
const bytes = readFileSync(file);
const lines = [];
for (let from = 0, to; (to = bytes.indexOf(10, from)) >= 0; from = to + 1) lines.push(bytes.subarray(from, to));

// The key: name+id+base64(0x01 || public key).
const [name, id, encoded] = key.trim().match(/^([^+]+)\+([0-9a-f]{8})\+(.+)$/).slice(1);
const typed = Buffer.from(encoded, 'base64');
if (sha256(`${name}\n`, typed).subarray(0, 4).toString('hex') !== id) fail('the id of the key is not its own');
const publicKey = createPublicKey({
  key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), typed.subarray(1)]),
  format: 'der',
  type: 'spki',
});

// The checkpoint: origin, size, root, an empty line, a signature.
const note = JSON.parse(lines.shift().toString()).checkpoint;
const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
const [origin, size, root] = text.split('\n');
const signature = Buffer.from(note.split(`\u2014 ${name} `)[1] ?? '', 'base64');
if (signature.subarray(0, 4).toString('hex') !== id) fail('the checkpoint is signed by another key');
if (!verify(null, Buffer.from(text), publicKey, signature.subarray(4))) fail('the signature of the checkpoint is wrong');

// The tree: roots of complete subtrees, as binary digits are carried.
if (lines.length !== Number(size)) fail(`${lines.length} entries, and the checkpoint is of ${size}`);
const subtrees = [];
let previous = null;
lines.forEach((entry, index) => {
  if (JSON.parse(entry.toString()).prev !== previous) fail(`entry ${index} does not follow the one before`);
  let hash = leaf(entry);
  previous = hash.toString('hex');
  for (let i = index; i & 1; i >>= 1) hash = node(subtrees.pop(), hash);
  subtrees.push(hash);
});
const computed = subtrees.length ? subtrees.reduceRight((right, left) => node(left, right)) : sha256();
if (computed.toString('base64') !== root) fail('the root of the entries is not that of the checkpoint');
console.log(`verified ${size} entries of ${origin}`);
