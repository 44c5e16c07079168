// The commands of the driver, each a plain call of Baileys' public interface.
import { createHash, randomBytes } from 'node:crypto'
import { readdir, writeFile } from 'node:fs/promises'

const COLLECTIONS = ['critical_block', 'critical_unblock_low', 'regular_high', 'regular', 'regular_low']

export function makeCommands(client) {
  const { baileys, sent, received } = client
  const socket = () => client.socket

  /** Sends and remembers what a retry receipt may ask for; that can come before the call returns, so it finds a promise. */
  async function send(to, content, options = {}) {
    const messageId = options.messageId ?? `3EB0${randomBytes(9).toString('hex').toUpperCase()}`
    const sending = socket().sendMessage(to, content, { ...options, messageId })
    sent.set(messageId, sending.then(message => message.message, () => undefined))
    received.set(messageId, await sending)
    return { id: messageId }
  }

  function known(id) {
    const message = received.get(id)
    if (!message) throw new Error(`no message ${id} was seen here`)
    return message
  }

  /** Of a status: the accounts that it is shown to. */
  const shownTo = audience => (audience ? { statusJidList: audience } : {})

  const me = () => socket().authState.creds.me.id
  const lastMessage = (chat, { id, at }) => ({ key: { remoteJid: chat, id, fromMe: true }, messageTimestamp: at })

  async function urlOf(jid) {
    try {
      return await socket().profilePictureUrl(jid, 'image')
    } catch (error) {
      // Baileys throws where there is none.
      if ((error.output?.statusCode ?? error.data) === 404 || error.data === 404) return undefined
      throw error
    }
  }

  const participants = action => async ({ group, members }) => ({
    results: await socket().groupParticipantsUpdate(group, members, action),
  })

  return {
    connect: client.connect,
    async 'pair-code'({ number }) {
      return { code: await socket().requestPairingCode(number) }
    },

    send: ({ to, text, id, mentions, audience }) => send(to, { text, mentions }, { ...(id && { messageId: id }), ...shownTo(audience) }),
    reply: ({ to, text, id }) => send(to, { text }, { quoted: known(id) }),
    react: ({ to, id, emoji, audience }) => send(to, { react: { text: emoji, key: known(id).key } }, shownTo(audience)),
    delete: ({ to, id, audience }) => send(to, { delete: known(id).key }, shownTo(audience)),
    edit: ({ to, id, text }) => send(to, { text, edit: known(id).key }),
    location: ({ to, latitude, longitude }) => send(to, { location: { degreesLatitude: latitude, degreesLongitude: longitude } }),
    contact: ({ to, name, vcard }) => send(to, { contacts: { displayName: name, contacts: [{ vcard }] } }),
    poll: ({ to, question, answers }) => send(to, { poll: { name: question, values: answers, selectableCount: 1 } }),
    media: ({ to, kind, path, mimetype, caption, fileName, voice }) =>
      send(to, { [kind]: { url: path }, mimetype, caption, fileName, ptt: voice, jpegThumbnail: kind === 'image' || kind === 'video' ? '' : undefined }),

    async download({ id, path }) {
      const bytes = await baileys.downloadMediaMessage(
        known(id),
        'buffer',
        { options: client.mediaAgent ? { httpsAgent: client.mediaAgent } : {} },
        { logger: client.logger, reuploadRequest: socket().updateMediaMessage },
      )
      if (path) await writeFile(path, bytes)
      return { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
    },

    /** Asks the phone for messages of a chat before one that is known. */
    async 'history-more'({ chat, id, fromMe, at, count }) {
      return { request: await socket().fetchMessageHistory(count, { remoteJid: chat, id, fromMe }, at) }
    },

    /** Asks the phone to upload a file again: by itself Baileys does so only for errors of a form that it no longer throws. */
    async 'media-again'({ id }) {
      await socket().updateMediaMessage(known(id))
    },

    async read({ chat, id, participant }) {
      await socket().readMessages([{ remoteJid: chat, id, participant, fromMe: false }])
    },
    /** Shows itself by a name and as available: without a name Baileys announces nothing and its receipts are "inactive". */
    async name({ name }) {
      const { me } = socket().authState.creds
      socket().ev.emit('creds.update', { me: { ...me, name } })
      await socket().sendPresenceUpdate('available')
    },
    async presence({ type, to }) {
      await socket().sendPresenceUpdate(type, to)
    },
    async subscribe({ to }) {
      await socket().presenceSubscribe(to)
    },
    async exists({ number }) {
      return { found: await socket().onWhatsApp(number) }
    },
    async block({ jid, action }) {
      await socket().updateBlockStatus(jid, action ?? 'block')
    },
    async blocklist() {
      return { blocked: await socket().fetchBlocklist() }
    },

    // The account's state. Archiving and marking as unread need the chat's last message.
    async mute({ chat, until }) {
      await socket().chatModify({ mute: until ?? null }, chat)
    },
    async archive({ chat, on, last }) {
      await socket().chatModify({ archive: on, lastMessages: [lastMessage(chat, last)] }, chat)
    },
    async pin({ chat, on }) {
      await socket().chatModify({ pin: on }, chat)
    },
    async unread({ chat, on, last }) {
      await socket().chatModify({ markRead: !on, lastMessages: [lastMessage(chat, last)] }, chat)
    },
    async star({ chat, id, fromMe, on }) {
      await socket().star(chat, [{ id, fromMe }], on)
    },
    async clear({ chat, last }) {
      await socket().chatModify({ clear: true, lastMessages: [lastMessage(chat, last)] }, chat)
    },
    async 'delete-chat'({ chat, last }) {
      await socket().chatModify({ delete: true, lastMessages: [lastMessage(chat, last)] }, chat)
    },
    async 'delete-for-me'({ chat, id, fromMe, at }) {
      await socket().chatModify({ deleteForMe: { deleteMedia: true, key: { id, fromMe }, timestamp: at } }, chat)
    },
    async 'own-name'({ name }) {
      await socket().updateProfileName(name)
    },
    async label({ label, name, color }) {
      await socket().addLabel('', { id: String(label), name, color: color ?? 0 })
    },
    async 'remove-label'({ label }) {
      await socket().addLabel('', { id: String(label), deleted: true })
    },
    async 'label-chat'({ label, chat, on }) {
      await socket()[on ? 'addChatLabel' : 'removeChatLabel'](chat, String(label))
    },
    async 'label-message'({ label, chat, id, on }) {
      await socket()[on ? 'addMessageLabel' : 'removeMessageLabel'](chat, id, String(label))
    },
    async 'save-contact'({ jid, name, firstName }) {
      await socket().addOrEditContact(jid, { fullName: name, firstName })
    },
    async 'remove-contact'({ jid }) {
      await socket().removeContact(jid)
    },
    /** What a client does when its first history has come, of which a phone here has none. */
    async resync() {
      await socket().resyncAppState(COLLECTIONS, false)
      // 6.7.24 leaves it to the caller.
      socket().ev.flush()
    },

    // What accounts show of themselves. Setting a picture needs an image library, which is not installed.
    async picture({ jid }) {
      return { url: await urlOf(jid) }
    },
    async 'remove-picture'() {
      await socket().removeProfilePicture(me())
    },
    async about({ jid }) {
      const answer = await socket().fetchStatus(jid)
      // A release of before asks for one account and gives one answer.
      const found = Array.isArray(answer) ? answer[0] : answer
      return { text: found?.status?.status ?? found?.status }
    },
    async 'set-about'({ text }) {
      await socket().updateProfileStatus(text)
    },
    async privacy() {
      return { privacy: await socket().fetchPrivacySettings(true) }
    },
    async 'set-privacy'({ category, value }) {
      const set = { last: 'updateLastSeenPrivacy', online: 'updateOnlinePrivacy', profile: 'updateProfilePicturePrivacy', status: 'updateStatusPrivacy', readreceipts: 'updateReadReceiptsPrivacy', groupadd: 'updateGroupsAddPrivacy', calladd: 'updateCallPrivacy', messages: 'updateMessagesPrivacy' }[category]
      if (!socket()[set]) throw new Error(`no call of Baileys sets ${category}`)
      await socket()[set](value)
    },
    async timer() {
      const answer = await socket().fetchDisappearingDuration(me())
      return { seconds: (Array.isArray(answer) ? answer[0] : answer)?.disappearing_mode?.duration }
    },
    async 'set-timer'({ seconds }) {
      await socket().updateDefaultDisappearingMode(seconds)
    },

    async group({ subject, members }) {
      return { group: await socket().groupCreate(subject, members) }
    },
    async 'group-info'({ group }) {
      return { group: await socket().groupMetadata(group) }
    },
    async groups() {
      return { groups: await socket().groupFetchAllParticipating() }
    },
    'group-add': participants('add'),
    'group-remove': participants('remove'),
    'group-promote': participants('promote'),
    'group-demote': participants('demote'),
    async 'group-subject'({ group, subject }) {
      await socket().groupUpdateSubject(group, subject)
    },
    async 'group-description'({ group, text }) {
      await socket().groupUpdateDescription(group, text)
    },
    async 'group-setting'({ group, setting }) {
      await socket().groupSettingUpdate(group, setting)
    },
    async 'group-adders'({ group, mode }) {
      await socket().groupMemberAddMode(group, mode)
    },
    async 'group-approval'({ group, mode }) {
      await socket().groupJoinApprovalMode(group, mode)
    },
    async 'group-ephemeral'({ group, seconds }) {
      await socket().groupToggleEphemeral(group, seconds)
    },
    async 'group-requests'({ group }) {
      return { requests: await socket().groupRequestParticipantsList(group) }
    },
    async 'group-answer'({ group, members, action }) {
      return { results: await socket().groupRequestParticipantsUpdate(group, members, action) }
    },
    async 'group-invite'({ group }) {
      return { code: await socket().groupInviteCode(group) }
    },
    async 'group-join'({ code }) {
      return { group: await socket().groupAcceptInvite(code) }
    },
    async 'group-leave'({ group }) {
      await socket().groupLeave(group)
    },

    async community({ subject, description }) {
      return { group: await socket().communityCreate(subject, description) }
    },
    async 'community-group'({ community, subject, members }) {
      return { group: await socket().communityCreateGroup(subject, members, community) }
    },
    async 'community-link'({ community, group }) {
      await socket().communityLinkGroup(group, community)
    },
    async 'community-unlink'({ community, group }) {
      await socket().communityUnlinkGroup(group, community)
    },
    async 'community-groups'({ community }) {
      return { groups: (await socket().communityFetchLinkedGroups(community)).linkedGroups }
    },
    async 'community-leave'({ community }) {
      await socket().communityLeave(community)
    },

    /** Loses the Signal sessions with an account, as a restored backup or a lost disk does. */
    async forget({ users }) {
      const lost = (await readdir(client.state))
        .map(file => /^session-((\d+)[._].*)\.json$/.exec(file))
        .filter(found => found && users.includes(found[2]))
        .map(found => found[1])
      await socket().authState.keys.set({ session: Object.fromEntries(lost.map(id => [id, null])) })
      return { lost }
    },

    async ping() {
      const result = await socket().query({ tag: 'iq', attrs: { to: '@s.whatsapp.net', type: 'get', xmlns: 'w:p' }, content: [{ tag: 'ping', attrs: {} }] })
      return { type: result.attrs.type }
    },
    async query({ node }) {
      return { node: await socket().query(node) }
    },
    async logout() {
      await socket().logout()
    },
    async end() {
      await socket()?.end(undefined)
    },
    async exit() {
      process.exit(0)
    },
  }
}
