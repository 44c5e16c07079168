// Makes nodes.json, signatures.json and agreements.json with Baileys' own encoder and signer. Run by hand when the vectors change:
//   npm install --ignore-scripts baileys@7.0.0-rc14 && node make.mjs
// in a directory outside the repository that holds a copy of this file, then copy the files here.
import { createHash } from 'crypto';
import fs from 'fs';
import { encodeBinaryNode } from 'baileys/lib/WABinary/index.js';
import { Curve } from 'baileys/lib/Utils/crypto.js';

let state = createHash('sha256').update('wa-operator vectors').digest();
const bytes = n => {
  const parts = [];
  for (let left = n; left > 0; left -= 32) {
    state = createHash('sha256').update(state).digest();
    parts.push(state);
  }
  return Buffer.concat(parts).subarray(0, n);
};
const number = n => bytes(4).readUInt32BE() % n;
const pick = list => list[number(list.length)];

const S = '@s.whatsapp.net';
const texts = [
  'iq', 'result', 'xmlns', 'w:p', 'read-self', 'screen_height', 'message', '12345', '3EB0ABCDEF', '1-2.3', 'ABC', '', 'é ü 日本',
  'lower case', 'a'.repeat(255), 'b'.repeat(256), '9'.repeat(127), '9'.repeat(128), 'F'.repeat(126), S,
  '4915112345678' + S, '4915112345678:7' + S, '123456789012345:12@lid', '123456789012345@lid', '120363012345678901@g.us',
  '4915112345678-1612345678@g.us', 'status@broadcast', '4915112345678:3@hosted', '5@hosted.lid', '1@newsletter', '1@c.us',
];
const keys = ['id', 'to', 'from', 'type', 'xmlns', 'participant', 'count', 'made_up', 'Key 2'];
const tags = ['iq', 'message', 'receipt', 'pair-device', 'ref', 'list', 'enc', 'made-up-tag', 'unified_session'];
const random = depth => {
  const node = { tag: pick(tags), attrs: {} };
  for (let i = number(5); i > 0; i--) node.attrs[pick(keys)] = pick(texts);
  switch (number(depth > 3 ? 3 : 5)) {
    case 0: break;
    case 1: node.content = bytes(number(400)); break;
    case 2: node.content = pick(texts); break;
    default: node.content = Array.from({ length: number(5) }, () => random(depth + 1));
  }
  return node;
};
const plain = node => ({
  tag: node.tag,
  attrs: node.attrs,
  ...(typeof node.content === 'string' ? { text: node.content }
    : Buffer.isBuffer(node.content) ? { bytes: node.content.toString('base64') }
    : node.content ? { children: node.content.map(plain) } : {}),
});

const nodes = [
  ...texts.map(text => ({ tag: 'iq', attrs: { id: text }, content: text })),
  { tag: 'list', attrs: {}, content: [] },
  { tag: 'list', attrs: {}, content: Array.from({ length: 300 }, (_, i) => ({ tag: 'item', attrs: { n: `${i}` } })) },
  { tag: 'enc', attrs: { v: '2' }, content: bytes(255) },
  { tag: 'enc', attrs: { v: '2' }, content: bytes(256) },
  { tag: 'enc', attrs: { v: '2' }, content: Buffer.alloc(1 << 20, 7) },
  ...Array.from({ length: 60 }, () => random(0)),
];
const sha = buffer => createHash('sha256').update(buffer).digest('hex');
const lines = list => '[\n' + list.map(entry => JSON.stringify(entry)).join(',\n') + '\n]\n';
fs.writeFileSync('nodes.json', lines(nodes.map(node => {
  const wire = encodeBinaryNode(node);
  // The largest one is told by its hash, so that the file stays small.
  return wire.length > 100000
    ? { tag: node.tag, attrs: node.attrs, repeat: { byte: 7, count: 1 << 20 }, sha256: sha(wire) }
    : { ...plain(node), wire: wire.toString('base64') };
})));

const signatures = Array.from({ length: 64 }, (_, i) => {
  const pair = Curve.generateKeyPair();
  const message = bytes(i * 7);
  return {
    private: pair.private.toString('base64'),
    public: pair.public.toString('base64'),
    message: message.toString('base64'),
    signature: Buffer.from(Curve.sign(pair.private, message)).toString('base64'),
  };
});
const agreements = Array.from({ length: 16 }, () => {
  const [a, b] = [Curve.generateKeyPair(), Curve.generateKeyPair()];
  return { private: a.private.toString('base64'), public: b.public.toString('base64'), shared: Curve.sharedKey(a.private, b.public).toString('base64') };
});
fs.writeFileSync('signatures.json', lines(signatures));
fs.writeFileSync('agreements.json', lines(agreements));
