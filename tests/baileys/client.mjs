#!/usr/bin/env node
// One unmodified Baileys client, driven by JSON lines: commands on stdin, events on stdout.
// README.md describes both. Nothing here patches Baileys; it is configured as an ordinary bot would do.
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { guard, mediaAgent, mediaDispatcher } from './lib/network.mjs'
import { makeCommands } from './lib/commands.mjs'
import { chatFlags, describe, describeHistory } from './lib/events.mjs'

const { values: options } = parseArgs({
  options: {
    lib: { type: 'string', default: 'baileys' },
    url: { type: 'string' },
    state: { type: 'string' },
    media: { type: 'string' },
    log: { type: 'string', default: 'silent' },
    // The phone's past: none (it is not read), recent or full.
    history: { type: 'string', default: 'none' },
  },
})
if (!options.url || !options.state) {
  console.error('usage: client.mjs --url ws://HOST:PORT/ws/chat --state DIR [--lib baileys|baileys6] [--media HOST:PORT] [--log silent|debug|trace]')
  process.exit(2)
}
guard()

const baileys = await import(options.lib)
const { makeWASocket, useMultiFileAuthState, DisconnectReason, Browsers } = baileys
const { pino } = await import('pino')
const logger = pino({ level: options.log }, pino.destination(2))
const emit = (event, fields = {}) => process.stdout.write(JSON.stringify({ event, ...fields }) + '\n')

// What the commands work on: the live socket, what was sent (a retry receipt asks for it again) and what came.
const client = { baileys, logger, state: options.state, mediaAgent: mediaAgent(options.media), dispatcher: await mediaDispatcher(options.media), socket: undefined, sent: new Map(), received: new Map(), connect }

async function connect() {
  const { state, saveCreds } = await useMultiFileAuthState(options.state)
  const socket = makeWASocket({
    auth: state,
    waWebSocketUrl: options.url,
    logger,
    browser: Browsers.ubuntu('Chrome'),
    syncFullHistory: options.history === 'full',
    // How the files of the account's state are loaded: by fetch, and by axios in the older release.
    options: options.lib === 'baileys' ? { dispatcher: client.dispatcher } : { httpsAgent: client.mediaAgent },
    shouldSyncHistoryMessage: () => options.history !== 'none',
    getMessage: async key => client.sent.get(key.id),
  })
  client.socket = socket
  socket.ev.on('creds.update', saveCreds)
  socket.ev.on('connection.update', async update => {
    if (update.qr) emit('qr', { qr: update.qr })
    if (update.isNewLogin) emit('paired', { me: socket.authState.creds.me })
    if (update.connection === 'open') emit('open', { me: socket.authState.creds.me })
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
  socket.ev.on('messaging-history.set', part => emit('history', describeHistory(part)))
  socket.ev.on('messages.upsert', ({ messages, type }) => {
    for (const message of messages) {
      client.received.set(message.key.id, message)
      emit('message', { ...describe(message), type })
    }
  })
  socket.ev.on('messages.update', updates => {
    for (const { key, update } of updates) {
      if (update.starred !== undefined) {
        emit('marked', { id: key.id, chat: key.remoteJid, fromMe: key.fromMe, starred: update.starred })
        continue
      }
      emit('message-update', {
        id: key.id,
        chat: key.remoteJid,
        fromMe: key.fromMe,
        status: update.status,
        stub: update.messageStubType,
        stubParameters: update.messageStubParameters,
        text: update.message ? describe({ key, message: update.message }).text : undefined,
      })
    }
  })
  socket.ev.on('messages.reaction', reactions => {
    for (const { key, reaction } of reactions) emit('reaction', { id: key.id, emoji: reaction.text, by: reaction.key })
  })
  socket.ev.on('message-receipt.update', updates => {
    for (const { key, receipt } of updates) emit('receipt', { id: key.id, chat: key.remoteJid, receipt })
  })
  socket.ev.on('presence.update', ({ id, presences }) => emit('presence', { chat: id, presences }))
  socket.ev.on('group-participants.update', update => emit('group-participants', update))
  socket.ev.on('groups.update', updates => updates.forEach(update => emit('group-update', { group: update.id, subject: update.subject })))
  socket.ev.on('groups.upsert', groups => groups.forEach(group => emit('group', { group: group.id, subject: group.subject })))
  socket.ev.on('chats.update', chats => {
    for (const chat of chats) {
      const flags = chatFlags(chat)
      if (Object.keys(flags).length) emit('chat', { chat: chat.id, ...flags })
    }
  })
  socket.ev.on('chats.delete', chats => chats.forEach(chat => emit('chat', { chat, deleted: true })))
  socket.ev.on('messages.delete', ({ keys }) => {
    for (const key of keys ?? []) emit('marked', { id: key.id, chat: key.remoteJid, fromMe: key.fromMe, deleted: true })
  })
  socket.ev.on('contacts.upsert', contacts => contacts.forEach(contact => emit('saved', { contact: contact.id, name: contact.name })))
  socket.ev.on('labels.edit', ({ id, name, color, deleted }) => emit('label', { id, name, color, deleted: deleted === true }))
  socket.ev.on('labels.association', ({ type, association: { labelId, chatId, messageId } }) =>
    emit('label', { id: labelId, chat: chatId, messageId, on: type === 'add' }),
  )
  socket.ev.on('blocklist.update', update => emit('blocklist', update))
}

// 6.7.24 holds parts of the history back until something else comes.
if (options.history !== 'none') setInterval(() => client.socket?.ev.flush(), 250)

const commands = makeCommands(client)
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
