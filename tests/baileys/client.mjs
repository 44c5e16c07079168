#!/usr/bin/env node
// One unmodified Baileys client, driven by JSON lines: commands on stdin, events on stdout.
// The README of the simulator describes both. Nothing here patches or configures Baileys
// beyond what an ordinary bot would do.
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

const { values: options } = parseArgs({
  options: {
    lib: { type: 'string', default: 'baileys' },
    url: { type: 'string' },
    state: { type: 'string' },
    log: { type: 'string', default: 'silent' },
  },
})
if (!options.url || !options.state) {
  console.error('usage: client.mjs --url ws://HOST:PORT/ws/chat --state DIR [--lib baileys|baileys6] [--log silent|debug|trace]')
  process.exit(2)
}

const baileys = await import(options.lib)
const { makeWASocket, useMultiFileAuthState, DisconnectReason, Browsers } = baileys
const { pino } = await import('pino')
const logger = pino({ level: options.log }, pino.destination(2))

const emit = (event, fields = {}) => process.stdout.write(JSON.stringify({ event, ...fields }) + '\n')
const sent = new Map() // what a retry receipt asks for again
let socket

const textOf = message =>
  message?.conversation ?? message?.extendedTextMessage?.text ?? message?.deviceSentMessage?.message?.conversation

async function connect() {
  const { state, saveCreds } = await useMultiFileAuthState(options.state)
  socket = makeWASocket({
    auth: state,
    waWebSocketUrl: options.url,
    logger,
    browser: Browsers.ubuntu('Chrome'),
    syncFullHistory: false,
    shouldSyncHistoryMessage: () => false,
    getMessage: async key => sent.get(key.id),
  })
  const mine = socket
  mine.ev.on('creds.update', saveCreds)
  mine.ev.on('connection.update', async update => {
    if (update.qr) emit('qr', { qr: update.qr })
    if (update.isNewLogin) emit('paired', { me: mine.authState.creds.me })
    if (update.connection === 'open') emit('open', { me: mine.authState.creds.me })
    if (update.receivedPendingNotifications) emit('offline-done')
    if (update.connection === 'close') {
      const error = update.lastDisconnect?.error
      const code = error?.output?.statusCode
      emit('close', { code, reason: error?.message })
      if (code === DisconnectReason.restartRequired) {
        // The server asks for a new connection right after pairing.
        await saveCreds()
        await connect()
      }
    }
  })
  mine.ev.on('messages.upsert', ({ messages, type }) => {
    for (const { key, message, messageStubType, pushName } of messages)
      emit('message', { id: key.id, chat: key.remoteJid, alt: key.remoteJidAlt ?? key.senderPn ?? key.senderLid, fromMe: key.fromMe, participant: key.participant, text: textOf(message), stub: messageStubType, pushName, type })
  })
  mine.ev.on('messages.update', updates => {
    for (const { key, update } of updates) emit('message-update', { id: key.id, status: update.status, stub: update.messageStubType })
  })
  mine.ev.on('message-receipt.update', updates => {
    for (const { key, receipt } of updates) emit('receipt', { id: key.id, receipt })
  })
}

const commands = {
  connect,
  async send({ to, text }) {
    const message = await socket.sendMessage(to, { text })
    sent.set(message.key.id, message.message)
    return { id: message.key.id }
  },
  async read({ chat, id, participant }) {
    await socket.readMessages([{ remoteJid: chat, id, participant, fromMe: false }])
  },
  async exists({ number }) {
    return { found: await socket.onWhatsApp(number) }
  },
  async group({ subject, members }) {
    return { group: await socket.groupCreate(subject, members) }
  },
  async ping() {
    const result = await socket.query({ tag: 'iq', attrs: { to: '@s.whatsapp.net', type: 'get', xmlns: 'w:p' }, content: [{ tag: 'ping', attrs: {} }] })
    return { type: result.attrs.type }
  },
  async query({ node }) {
    return { node: await socket.query(node) }
  },
  async logout() {
    await socket.logout()
  },
  async end() {
    await socket?.end(undefined)
  },
  async exit() {
    process.exit(0)
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const { cmd, ref, ...rest } = JSON.parse(line)
  const run = commands[cmd]
  if (!run) {
    emit('error', { ref, cmd, message: `unknown command ${cmd}` })
    continue
  }
  // Commands may overlap: a send waits for the network while the next line is read.
  Promise.resolve(run(rest)).then(
    value => emit('done', { ref, cmd, ...value }),
    error => emit('error', { ref, cmd, message: error?.message, code: error?.output?.statusCode }),
  )
}
process.exit(0)
