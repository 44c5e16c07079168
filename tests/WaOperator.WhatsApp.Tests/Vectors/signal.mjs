// Makes sessions.json and sender-keys.json: conversations between two users of libsignal, as one of them ("us") lived
// through them, with the private keys that it made on the way. Who is given the same keys must write the same bytes.
// Run like make.mjs.
import fs from 'fs';
import libsignal from 'libsignal';
import { GroupCipher, GroupSessionBuilder, SenderKeyName, SenderKeyRecord } from 'baileys/lib/Signal/Group/index.js';

const { curve, keyhelper, ProtocolAddress, SessionBuilder, SessionCipher } = libsignal;
const text = bytes => Buffer.from(bytes).toString('base64');

let made = [];
const generate = curve.generateKeyPair;
curve.generateKeyPair = () => {
  const pair = generate();
  made.push(text(pair.privKey));
  return pair;
};

const party = name => {
  const sessions = {};
  const identity = keyhelper.generateIdentityKeyPair();
  const signed = keyhelper.generateSignedPreKey(identity, 7);
  const preKey = keyhelper.generatePreKey(42);
  const registrationId = keyhelper.generateRegistrationId();
  return {
    address: new ProtocolAddress(name, 1),
    identity, signed, preKey, registrationId,
    loadSession: async id => sessions[id],
    storeSession: async (id, session) => { sessions[id] = session; },
    isTrustedIdentity: () => true,
    loadPreKey: async id => (Number(id) === 42 ? preKey.keyPair : undefined),
    removePreKey: () => {},
    loadSignedPreKey: () => signed.keyPair,
    getOurRegistrationId: () => registrationId,
    getOurIdentity: () => identity,
  };
};
const bundle = (p, oneTime) => ({
  registrationId: p.registrationId,
  identityKey: p.identity.pubKey,
  signedPreKey: { keyId: 7, publicKey: p.signed.keyPair.pubKey, signature: p.signed.signature },
  ...(oneTime ? { preKey: { keyId: 42, publicKey: p.preKey.keyPair.pubKey } } : {}),
});
const flat = b => ({
  registrationId: b.registrationId,
  identityKey: text(b.identityKey),
  signedPreKey: text(b.signedPreKey.publicKey),
  signature: text(b.signedPreKey.signature),
  ...(b.preKey ? { preKey: text(b.preKey.publicKey) } : {}),
});

let seed = 1;
const number = n => (seed = (seed * 48271) % 2147483647) % n;

const conversation = async (weBegin, oneTime) => {
  const [us, peer] = [party('us'), party('peer')];
  const ours = new SessionCipher(us, peer.address);
  const theirs = new SessionCipher(peer, us.address);
  const steps = [];
  // What "us" does, with the keys that it makes while doing it.
  const record = async (op, act) => {
    made = [];
    const done = await act();
    steps.push({ op, made: [...made], ...done });
  };
  if (weBegin) {
    await record('initiate', async () => {
      await new SessionBuilder(us, peer.address).initOutgoing(bundle(peer, oneTime));
      return {};
    });
  } else {
    await new SessionBuilder(peer, us.address).initOutgoing(bundle(us, oneTime));
  }
  const waiting = [];
  let count = 0;
  let heard = weBegin;
  const send = () => record('encrypt', async () => {
    const plain = Buffer.from(`ours ${count++} ${'x'.repeat(number(40))}`);
    const { type, body } = await ours.encrypt(plain);
    const wire = Buffer.from(body, 'binary');
    const ourKeys = [...made];
    // The peer reads at once, so that its ratchet moves.
    const read = await (type === 3 ? theirs.decryptPreKeyWhisperMessage(wire) : theirs.decryptWhisperMessage(wire));
    if (!read.equals(plain)) throw new Error('libsignal does not read itself');
    return { type, plain: text(plain), wire: text(wire), made: ourKeys };
  });
  const receive = () => {
    const { type, wire } = waiting.splice(number(waiting.length), 1)[0];
    heard = true;
    return record('decrypt', async () => ({
      type,
      wire: text(wire),
      plain: text(await (type === 3 ? ours.decryptPreKeyWhisperMessage(wire) : ours.decryptWhisperMessage(wire))),
    }));
  };
  const peerSends = async () => {
    const { type, body } = await theirs.encrypt(Buffer.from(`theirs ${count++} ${'y'.repeat(number(40))}`));
    waiting.push({ type, wire: Buffer.from(body, 'binary') });
  };
  if (weBegin) await send();
  for (let i = 0; i < 60; i++) {
    const what = number(3);
    if (what === 0) await peerSends();
    else if (what === 1 && waiting.length > 0) await receive();
    else if (what === 2 && heard) await send();
  }
  while (waiting.length > 0) await receive();
  return {
    weBegin,
    registrationId: us.registrationId,
    identity: text(us.identity.privKey),
    signedPreKey: text(us.signed.keyPair.privKey),
    preKey: text(us.preKey.keyPair.privKey),
    oneTime,
    bundle: flat(bundle(peer, oneTime)),
    steps,
  };
};

const group = async () => {
  const store = {};
  const memory = {
    loadSenderKey: async name => (store[name.toString()] ??= new SenderKeyRecord()),
    storeSenderKey: async (name, record) => { store[name.toString()] = record; },
  };
  const name = new SenderKeyName('120363012345678901@g.us', new ProtocolAddress('us', 1));
  const distribution = text((await new GroupSessionBuilder(memory).create(name)).serialize());
  const state = (await memory.loadSenderKey(name)).getSenderKeyState();
  const chain = text(state.getSenderChainKey().getSeed());
  const signing = text(state.getSigningKeyPrivate());
  const cipher = new GroupCipher(memory, name);
  const messages = [];
  for (let i = 0; i < 12; i++) {
    const plain = Buffer.from(`group ${i} ${'z'.repeat(i * 5)}`);
    messages.push({ plain: text(plain), wire: text(await cipher.encrypt(plain)) });
  }
  return { distribution, chain, signing, messages };
};

const lines = list => '[\n' + list.map(entry => JSON.stringify(entry)).join(',\n') + '\n]\n';
const sessions = [];
for (const weBegin of [true, false]) for (const oneTime of [true, false]) sessions.push(await conversation(weBegin, oneTime));
fs.writeFileSync('sessions.json', lines(sessions));
fs.writeFileSync('sender-keys.json', lines([await group(), await group()]));
