// Makes folders.json: auth folders as Baileys 7.0.0-rc14 and 6.7.24 left them after real connections to the simulator, each with
// what its peers send next. The folders come from three devices which texted each other one to one and in a group:
//   node make.mjs GROUP RC14_FOLDER SIX_FOLDER RC14_FOLDER       (run where Baileys is installed: tests/baileys)
// All keys are those of devices that never existed outside the simulator.
import fs from 'node:fs'
import path from 'node:path'

const [group, ...folders] = process.argv.slice(2)
const text = bytes => Buffer.from(bytes).toString('base64')
const silent = { level: 'silent', child: () => silent }
for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal']) silent[level] = () => {}

const open = async (folder, library) => {
  const baileys = await import(library)
  const { state } = await baileys.useMultiFileAuthState(folder)
  const keys = baileys.addTransactionCapability(state.keys, silent, { maxCommitRetries: 3, delayBetweenTriesMs: 10 })
  const signal = baileys.makeLibSignalRepository?.({ creds: state.creds, keys }, silent)
    ?? (await import(path.resolve(`node_modules/${library}/lib/Signal/libsignal.js`))).makeLibSignalRepository({ creds: state.creds, keys }, silent)
  return { folder, library, signal, phone: state.creds.me.id, lid: state.creds.me.lid }
}

const [a, b, c] = await Promise.all([open(folders[0], 'baileys'), open(folders[1], 'baileys6'), open(folders[2], 'baileys')])

let count = 0
const next = new Map([[a, []], [b, []], [c, []]])
// One to one: the receiver reads some of the messages, the others come after the import.
const talk = async (from, to, name, read) => {
  const sent = []
  for (const reads of read) {
    const plain = Buffer.from(`message ${++count}`)
    const { type, ciphertext } = await from.signal.encryptMessage({ jid: to[name], data: plain })
    sent.push({ reads, type, plain, ciphertext })
  }
  for (const { reads, type, plain, ciphertext } of sent) {
    if (!reads) next.get(to).push({ type, from: from[name], plain: text(plain), wire: text(ciphertext) })
    else if (!Buffer.from(await to.signal.decryptMessage({ jid: from[name], type, ciphertext })).equals(plain)) throw new Error('Baileys does not read itself')
  }
}
const shout = async (from, member, reads) => {
  const sent = []
  for (const readers of reads) {
    const plain = Buffer.from(`group message ${++count}`)
    const { ciphertext } = await from.signal.encryptGroupMessage({ group, meId: from[member], data: plain })
    sent.push({ readers, plain, ciphertext })
  }
  for (const { readers, plain, ciphertext } of sent)
    for (const to of [a, b, c]) {
      if (to === from) continue
      if (readers.includes(to)) await to.signal.decryptGroupMessage({ group, authorJid: from.lid, msg: ciphertext })
      else next.get(to).push({ type: 'skmsg', from: from.lid, plain: text(plain), wire: text(ciphertext) })
    }
}

await talk(a, c, 'lid', [true, false, true, true, false, false])
await talk(c, a, 'lid', [true, false, false, true])
await talk(a, c, 'lid', [false, true])
await talk(c, a, 'lid', [false, false])
await talk(b, a, 'lid', [false, true, false])
await talk(a, b, 'lid', [true, false])
await talk(b, c, 'lid', [true, false])
await talk(c, b, 'lid', [false])
// 6.7.24 keeps another session under the phone number, which the others have archived.
await talk(b, c, 'phone', [false])
await shout(c, 'lid', [[a, b], [], [a, b], []])
await shout(a, 'lid', [[b], [c], [b, c], []])
await shout(b, 'phone', [[a, c], [c], [a], []])

const read = folder => Object.fromEntries(fs.readdirSync(folder)
  // A few of hundreds of prekeys are enough.
  .filter(name => !/^pre-key-(?!.?.\.json)/.test(name))
  .map(name => [name, fs.readFileSync(path.join(folder, name), 'utf8')]))
const made = [a, b, c].map(party => JSON.stringify({ library: party.library, group, files: read(party.folder), next: next.get(party) }))
fs.writeFileSync('folders.json', '[\n' + made.join(',\n') + '\n]\n')
process.exit(0)
