// Makes app-state.json: consecutive patches as Baileys writes them. Run in tests/baileys, after npm ci:
//   node ../WaOperator.WhatsApp.Tests/Vectors/app-state.mjs > ../WaOperator.WhatsApp.Tests/Vectors/app-state.json
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
const resolved = createRequire(process.cwd() + '/').resolve('baileys')
const { encodeSyncdPatch, newLTHashState, proto } = await import(pathToFileURL(resolved))

const keyData = Buffer.alloc(32, 7)
const keyId = Buffer.from('000000012345', 'hex')
const name = 'regular_low'
const { SET, REMOVE } = proto.SyncdMutation.SyncdOperation
const steps = [['a', SET, true], ['b', SET, true], ['a', SET, false], ['b', REMOVE, true]]

const patches = []
let state = newLTHashState()
for (const [chat, operation, archived] of steps) {
  const index = ['archive', `${chat}@s.whatsapp.net`]
  const change = { type: name, index, apiVersion: 3, operation,
    syncAction: { archiveChatAction: { archived }, timestamp: 1700000000000 } }
  const made = await encodeSyncdPatch(change, keyId.toString('base64'), state, async () => ({ keyData }))
  state = made.state
  const [{ record }] = made.patch.mutations
  const base64 = bytes => Buffer.from(bytes).toString('base64')
  patches.push({ keyData: base64(keyData), keyId: base64(keyId), collection: name, version: state.version,
    remove: operation === REMOVE, index: base64(Buffer.from(JSON.stringify(index))),
    indexMac: base64(record.index.blob), value: base64(record.value.blob), hash: base64(state.hash),
    snapshotMac: base64(made.patch.snapshotMac), patchMac: base64(made.patch.patchMac) })
}
console.log(JSON.stringify(patches, null, 1))
