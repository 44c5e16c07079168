#!/usr/bin/env node
// Unmodified Baileys sockets in one process, for the benchmark: node baileys.mjs PACKAGES URL. Commands are JSON lines on stdin,
// each answered by a line with its "ref". Configured as an ordinary bot would be; nothing is patched.
import { createRequire } from 'node:module'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const [packages, url] = process.argv.slice(2)
const require = createRequire(path.resolve(packages, 'package.json'))
const baileys = await import(pathToFileURL(require.resolve('baileys')))
const { pino } = await import(pathToFileURL(require.resolve('pino')))
const { makeWASocket, useMultiFileAuthState, Browsers, BufferJSON } = baileys
const logger = pino({ level: 'silent' })
const sockets = []

/** The same state, its keys in a map: what the fastest of stores would cost. */
async function memoryState(folder) {
  const { state } = await useMultiFileAuthState(folder)
  const map = new Map()
  for (const name of await readdir(folder))
    if (name !== 'creds.json') map.set(name.slice(0, -'.json'.length), JSON.parse(await readFile(path.join(folder, name), 'utf8'), BufferJSON.reviver))
  const nameOf = (type, id) => `${type}-${id}`.replace(/\//g, '__').replace(/:/g, '-')
  const keys = {
    get: async (type, ids) => Object.fromEntries(ids.map(id => [id, map.get(nameOf(type, id)) ?? null])),
    set: async data => {
      for (const type in data)
        for (const id in data[type])
          if (data[type][id]) map.set(nameOf(type, id), data[type][id])
          else map.delete(nameOf(type, id))
    },
  }
  return { state: { creds: state.creds, keys }, saveCreds: async () => {} }
}

const kept = new Map() // a state in memory outlives its connection

const commands = {
  async open({ state: folder, auth }) {
    const { state, saveCreds } = auth === 'memory' ? (kept.get(folder) ?? kept.set(folder, await memoryState(folder)).get(folder)) : await useMultiFileAuthState(folder)
    const socket = makeWASocket({
      auth: state,
      waWebSocketUrl: url,
      logger,
      browser: Browsers.ubuntu('Chrome'),
      syncFullHistory: false,
      shouldSyncHistoryMessage: () => false,
      getMessage: async () => undefined,
    })
    sockets.push(socket)
    socket.ev.on('creds.update', saveCreds)
    await new Promise((resolve, reject) =>
      socket.ev.on('connection.update', ({ connection, lastDisconnect }) => {
        if (connection === 'open') resolve()
        if (connection === 'close') reject(lastDisconnect?.error ?? new Error('closed'))
      }),
    )
    return { sockets: sockets.length }
  },
  async close() {
    const socket = sockets.pop()
    await new Promise(resolve => {
      socket.ev.on('connection.update', ({ connection }) => connection === 'close' && resolve())
      socket.end(undefined)
    })
  },
  /** The thinnest HTTP server: POST /N/messages {"to", "text"} sends through socket N and answers when Baileys has. */
  async serve() {
    const server = createServer(async (request, response) => {
      const parts = []
      for await (const part of request) parts.push(part)
      const { to, text } = JSON.parse(Buffer.concat(parts).toString())
      const sent = await sockets[Number(request.url.split('/')[1])].sendMessage(to, { text })
      response.writeHead(202, { 'content-type': 'application/json' }).end(JSON.stringify({ id: sent.key.id }))
    })
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
    return { port: server.address().port }
  },
  async blast({ to, count, callers }) {
    let next = 0
    await Promise.all(
      Array.from({ length: callers }, async (_, caller) => {
        const socket = sockets[caller % sockets.length]
        while (next < count) await socket.sendMessage(to, { text: `message ${++next}` })
      }),
    )
  },
}

const say = line => process.stdout.write(JSON.stringify(line) + '\n')
for await (const line of createInterface({ input: process.stdin })) {
  const { cmd, ref, ...rest } = JSON.parse(line)
  commands[cmd](rest).then(
    value => say({ ref, ...value }),
    error => say({ ref, error: String(error?.stack ?? error) }),
  )
}
process.exit(0)
