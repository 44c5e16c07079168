// The driver talks to the machine it runs on and to nothing else, whatever a library has for a default.
import dns from 'node:dns'
import https from 'node:https'
import tls from 'node:tls'

const LOCAL = new Set(['localhost', '127.0.0.1', '::1'])

/** Refuses to look up any name but this machine's, and forgets proxies. */
export function guard() {
  for (const name of Object.keys(process.env)) if (/^(https?|all)_proxy$/i.test(name)) delete process.env[name]
  const lookup = dns.lookup
  dns.lookup = (name, ...rest) => {
    if (LOCAL.has(name) || /^127\./.test(name)) return lookup(name, ...rest)
    const done = rest.at(-1)
    process.nextTick(done, Object.assign(new Error(`this driver does not leave the machine: ${name}`), { code: 'ENOTFOUND' }))
  }
}

/**
 * An agent which dials one address whatever host the URL names, as an entry in /etc/hosts would:
 * Baileys 6 downloads media from a host that is a constant in its code.
 */
export function mediaAgent(address) {
  if (!address) return undefined
  const connect = dial(address)
  const agent = new https.Agent({ keepAlive: false })
  agent.createConnection = (options, done) => connect(options, done)
  return agent
}

/** The same for fetch, which Baileys 7 loads the files of the account's state with, from a host that is a constant, too. */
export async function mediaDispatcher(address) {
  if (!address) return undefined
  // Node shows the class of its own dispatcher only after a first use.
  await fetch('data:,')
  const Agent = globalThis[Symbol.for('undici.globalDispatcher.1')].constructor
  const connect = dial(address)
  return new Agent({
    connect: (_, done) => {
      const socket = connect({ ALPNProtocols: ['http/1.1'] })
      socket.once('secureConnect', () => done(null, socket)).once('error', done)
    },
  })
}

function dial(address) {
  const at = address.lastIndexOf(':')
  const host = address.slice(0, at)
  const port = Number(address.slice(at + 1))
  return (options, done) =>
    tls.connect({ ...options, host, port, servername: /^[\d.:]+$/.test(host) ? '' : host, checkServerIdentity: (_, cert) => tls.checkServerIdentity(host, cert) }, done)
}
